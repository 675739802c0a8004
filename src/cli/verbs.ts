/** The verbs; each is imported when it is asked for. */
import type { AnyVerb } from "./kit/command.ts";

/** Imports a verb. */
export type LoadVerb = () => Promise<{ readonly default: AnyVerb }>;

/** Verbs that belong together, behind a word of their own: `lock add`, `lock update`. */
export interface VerbGroup {
  readonly summary: string;
  /** The verb that is meant where none of them is named: `base SPEC DESTINATION`. */
  readonly usual?: string;
  readonly verbs: Readonly<Record<string, LoadVerb>>;
}

/** The verbs and groups by name. */
export const VERBS: Readonly<Record<string, LoadVerb | VerbGroup>> = {
  artifact: {
    summary: "Keep files in registries and layouts, as artifacts",
    verbs: {
      pull: () => import("./verbs/artifact/pull/command.ts"),
      push: () => import("./verbs/artifact/push/command.ts"),
    },
  },
  attach: () => import("./verbs/attach/command.ts"),
  base: {
    summary: "Build base images with Nix and nixpkgs in them, and keep them current",
    usual: "build",
    verbs: {
      build: () => import("./verbs/base/build/command.ts"),
      init: () => import("./verbs/base/init/command.ts"),
      pin: () => import("./verbs/base/pin/command.ts"),
      update: () => import("./verbs/base/update/command.ts"),
    },
  },
  blob: {
    summary: "Read and write single blobs",
    verbs: {
      get: () => import("./verbs/blob/get/command.ts"),
      head: () => import("./verbs/blob/head/command.ts"),
      put: () => import("./verbs/blob/put/command.ts"),
    },
  },
  build: () => import("./verbs/build/command.ts"),
  cache: () => import("./verbs/cache/command.ts"),
  cat: () => import("./verbs/cat/command.ts"),
  catalog: () => import("./verbs/catalog/command.ts"),
  completion: () => import("./verbs/completion/command.ts"),
  copy: () => import("./verbs/copy/command.ts"),
  delete: () => import("./verbs/delete/command.ts"),
  diff: () => import("./verbs/diff/command.ts"),
  digest: () => import("./verbs/digest/command.ts"),
  explain: () => import("./verbs/explain/command.ts"),
  explore: () => import("./verbs/explore/command.ts"),
  export: () => import("./verbs/export/command.ts"),
  gc: () => import("./verbs/gc/command.ts"),
  init: () => import("./verbs/init/command.ts"),
  index: {
    summary: "Make indexes of images for several platforms, and change what is in them",
    verbs: {
      add: () => import("./verbs/index/add/command.ts"),
      annotate: () => import("./verbs/index/annotate/command.ts"),
      create: () => import("./verbs/index/create/command.ts"),
      remove: () => import("./verbs/index/remove/command.ts"),
    },
  },
  inspect: () => import("./verbs/inspect/command.ts"),
  layers: () => import("./verbs/layers/command.ts"),
  lock: {
    summary: "Pin images in a lockfile, and fetch what it names",
    verbs: {
      add: () => import("./verbs/lock/add/command.ts"),
      blob: () => import("./verbs/lock/blob/command.ts"),
      blobs: () => import("./verbs/lock/blobs/command.ts"),
      check: () => import("./verbs/lock/check/command.ts"),
      fetch: () => import("./verbs/lock/fetch/command.ts"),
      import: () => import("./verbs/lock/import/command.ts"),
      list: () => import("./verbs/lock/list/command.ts"),
      manifest: () => import("./verbs/lock/manifest/command.ts"),
      remove: () => import("./verbs/lock/remove/command.ts"),
      schema: () => import("./verbs/lock/schema/command.ts"),
      update: () => import("./verbs/lock/update/command.ts"),
      verify: () => import("./verbs/lock/verify/command.ts"),
    },
  },
  login: () => import("./verbs/login/command.ts"),
  logout: () => import("./verbs/logout/command.ts"),
  ls: () => import("./verbs/ls/command.ts"),
  manifest: {
    summary: "Read and write single manifests",
    verbs: {
      get: () => import("./verbs/manifest/get/command.ts"),
      head: () => import("./verbs/manifest/head/command.ts"),
      put: () => import("./verbs/manifest/put/command.ts"),
    },
  },
  merge: () => import("./verbs/merge/command.ts"),
  mutate: () => import("./verbs/mutate/command.ts"),
  ping: () => import("./verbs/ping/command.ts"),
  plan: () => import("./verbs/plan/command.ts"),
  prefetch: () => import("./verbs/prefetch/command.ts"),
  prove: () => import("./verbs/prove/command.ts"),
  pull: () => import("./verbs/pull/command.ts"),
  ratelimit: () => import("./verbs/ratelimit/command.ts"),
  referrers: () => import("./verbs/referrers/command.ts"),
  run: () => import("./verbs/run/command.ts"),
  sbom: () => import("./verbs/sbom/command.ts"),
  serve: () => import("./verbs/serve/command.ts"),
  shell: () => import("./verbs/shell/command.ts"),
  sign: () => import("./verbs/sign/command.ts"),
  sync: () => import("./verbs/sync/command.ts"),
  tag: () => import("./verbs/tag/command.ts"),
  tags: () => import("./verbs/tags/command.ts"),
  units: {
    summary: "Look at systemd units before they become services of an image",
    verbs: { check: () => import("./verbs/units/check/command.ts") },
  },
  verify: () => import("./verbs/verify/command.ts"),
  whoami: () => import("./verbs/whoami/command.ts"),
  why: () => import("./verbs/why/command.ts"),
};

/** A verb with its name, which has two words where it is in a group: `lock add`. */
export interface LoadedVerb {
  readonly name: string;
  readonly verb: AnyVerb;
}

/** The groups by name. */
export const GROUPS: Readonly<Record<string, VerbGroup>> = Object.fromEntries(
  Object.entries(VERBS).flatMap(([name, verb]) =>
    typeof verb === "function" ? [] : [[name, verb] as const]
  ),
);

/** Loads all verbs, or those that are named so or in the group of that name; sorted by name. */
export async function loadVerbs(within?: string): Promise<LoadedVerb[]> {
  const all = Object.entries(VERBS).flatMap(([name, verb]) =>
    typeof verb === "function"
      ? [[name, verb] as const]
      : Object.entries(verb.verbs).map(([inner, load]) => [`${name} ${inner}`, load] as const)
  );
  const wanted = within === undefined
    ? all
    : all.filter(([name]) => name === within || name.startsWith(`${within} `));
  const sorted = wanted.sort(([a], [b]) => a < b ? -1 : 1);
  return await Promise.all(
    sorted.map(async ([name, load]) => ({ name, verb: (await load()).default })),
  );
}
