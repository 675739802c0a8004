/** The verbs; each is imported when it is asked for. */
import type { Verb } from "./kit/command.ts";

/** A verb of any words. */
// deno-lint-ignore no-explicit-any
export type AnyVerb = Verb<any, any>;

/** Imports a verb. */
export type LoadVerb = () => Promise<{ readonly default: AnyVerb }>;

/** Verbs that belong together, behind a word of their own: `lock add`, `lock update`. */
export interface VerbGroup {
  readonly summary: string;
  readonly verbs: Readonly<Record<string, LoadVerb>>;
}

/** By name. */
export const VERBS: Readonly<Record<string, LoadVerb | VerbGroup>> = {
  build: () => import("./verbs/build/command.ts"),
  cache: () => import("./verbs/cache/command.ts"),
  cat: () => import("./verbs/cat/command.ts"),
  completion: () => import("./verbs/completion/command.ts"),
  copy: () => import("./verbs/copy/command.ts"),
  diff: () => import("./verbs/diff/command.ts"),
  digest: () => import("./verbs/digest/command.ts"),
  export: () => import("./verbs/export/command.ts"),
  inspect: () => import("./verbs/inspect/command.ts"),
  layers: () => import("./verbs/layers/command.ts"),
  lock: {
    summary: "Pin images in a lockfile, and fetch what it names",
    verbs: {
      add: () => import("./verbs/lock/add.ts"),
      blobs: () => import("./verbs/lock/blobs.ts"),
      check: () => import("./verbs/lock/check.ts"),
      fetch: () => import("./verbs/lock/fetch.ts"),
      import: () => import("./verbs/lock/import.ts"),
      list: () => import("./verbs/lock/list.ts"),
      manifest: () => import("./verbs/lock/manifest.ts"),
      remove: () => import("./verbs/lock/remove.ts"),
      schema: () => import("./verbs/lock/schema.ts"),
      update: () => import("./verbs/lock/update.ts"),
      verify: () => import("./verbs/lock/verify.ts"),
    },
  },
  login: () => import("./verbs/login/command.ts"),
  logout: () => import("./verbs/logout/command.ts"),
  ls: () => import("./verbs/ls/command.ts"),
  plan: () => import("./verbs/plan/command.ts"),
  prefetch: () => import("./verbs/prefetch/command.ts"),
  pull: () => import("./verbs/pull/command.ts"),
  tags: () => import("./verbs/tags/command.ts"),
};
