/** The verbs; each is imported when it is asked for. */
import type { Verb } from "./command.ts";

// deno-lint-ignore no-explicit-any
type AnyVerb = Verb<any, any>;

/** Imports a verb. */
export type LoadVerb = () => Promise<{ readonly default: AnyVerb }>;

/** Verbs that belong together, behind a word of their own: `lock add`, `lock update`. */
export interface VerbGroup {
  readonly summary: string;
  readonly verbs: Readonly<Record<string, LoadVerb>>;
}

/**
 * By name. The files are oclif's commands too: it finds them in their folder for the help; those of
 * a group in a folder of the group's name.
 */
export const VERBS: Readonly<Record<string, LoadVerb | VerbGroup>> = {
  build: () => import("./commands/build.ts"),
  cache: () => import("./commands/cache.ts"),
  cat: () => import("./commands/cat.ts"),
  completion: () => import("./commands/completion.ts"),
  copy: () => import("./commands/copy.ts"),
  diff: () => import("./commands/diff.ts"),
  digest: () => import("./commands/digest.ts"),
  export: () => import("./commands/export.ts"),
  inspect: () => import("./commands/inspect.ts"),
  layers: () => import("./commands/layers.ts"),
  lock: {
    summary: "Pin images in a lockfile, and fetch what it names",
    verbs: {
      add: () => import("./commands/lock/add.ts"),
      blobs: () => import("./commands/lock/blobs.ts"),
      check: () => import("./commands/lock/check.ts"),
      fetch: () => import("./commands/lock/fetch.ts"),
      import: () => import("./commands/lock/import.ts"),
      list: () => import("./commands/lock/list.ts"),
      manifest: () => import("./commands/lock/manifest.ts"),
      remove: () => import("./commands/lock/remove.ts"),
      schema: () => import("./commands/lock/schema.ts"),
      update: () => import("./commands/lock/update.ts"),
      verify: () => import("./commands/lock/verify.ts"),
    },
  },
  login: () => import("./commands/login.ts"),
  logout: () => import("./commands/logout.ts"),
  ls: () => import("./commands/ls.ts"),
  plan: () => import("./commands/plan.ts"),
  prefetch: () => import("./commands/prefetch.ts"),
  pull: () => import("./commands/pull.ts"),
  tags: () => import("./commands/tags.ts"),
};
