/** The verbs; each is imported when it is asked for. */
import type { Verb } from "./command.ts";

// deno-lint-ignore no-explicit-any
type AnyVerb = Verb<any, any>;

/** By name. The files are oclif's commands too: it finds them in their folder for the help. */
export const VERBS: Readonly<Record<string, () => Promise<{ readonly default: AnyVerb }>>> = {
  completion: () => import("./commands/completion.ts"),
  copy: () => import("./commands/copy.ts"),
  digest: () => import("./commands/digest.ts"),
  inspect: () => import("./commands/inspect.ts"),
  login: () => import("./commands/login.ts"),
  logout: () => import("./commands/logout.ts"),
  ls: () => import("./commands/ls.ts"),
  tags: () => import("./commands/tags.ts"),
};
