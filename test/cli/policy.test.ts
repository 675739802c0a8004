/** Verbs that take images hold their sources to policy.json; those that only look do not. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { VERBS } from "../../src/cli/verbs.ts";
import { createMemoryStorage, serveRegistry } from "../../src/serve/mod.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { folderToDispose } from "../support/folder.ts";
import { type Outcome, outcomes } from "./run.ts";

const HELLO = "oci-dir:examples/hello";
const NONE = `sha256:${"0".repeat(64)}`;
const AMD64 = "--platform linux/amd64";

/** What takes an image, by verb; IN is an image, OUT a folder, SPEC one with the image below it. */
const TAKING: Readonly<Record<string, string>> = {
  copy: "copy IN oci-dir:OUT/copy",
  pull: `pull NAME --digest ${NONE} --to oci-dir:OUT/pull`,
  prefetch: "prefetch NAME",
  sync: "sync IN oci-dir:OUT/sync",
  build: "build SPEC oci-dir:OUT/build",
  plan: "plan SPEC",
  export: `export ${AMD64} IN`,
  run: `run ${AMD64} IN oci-dir:OUT/run -- true`,
  mutate: "mutate --label a=b IN oci-dir:OUT/mutate",
  "mutate --append": "mutate --append IN --policy POLICY nix:PLAN oci-dir:OUT/append",
  merge: `merge IN docker-archive:OUT/merge.tar`,
  "index create": "index create oci-dir:OUT/index:a IN",
  "lock fetch": "lock fetch --file OUT/lock.json oci-dir:OUT/locked",
  "artifact pull": "artifact pull IN OUT/files",
};

/** What looks at one that nobody may take. */
const LOOKING = ["inspect IN", "digest IN", `ls ${AMD64} IN`, "verify IN", "referrers IN"];

/** Verbs whose places are held to the policy, all others only look or change what is there. */
const HELD = [
  ...["artifact pull", "base build", "base update", "build", "copy", "export", "index add"],
  ...["index annotate", "index create", "index remove", "lock add", "lock blob", "lock fetch"],
  ...["lock import", "lock manifest", "lock update", "merge", "mutate", "plan", "prefetch", "pull"],
  ...["run", "serve", "shell", "sync"],
];

const seen = new Map<string, Outcome>();
let after: (() => Promise<void>) | undefined;

afterAll(() => after?.());

beforeAll(async () => {
  const { path: folder, dispose } = await folderToDispose();
  after = dispose;
  await using registry = await serveRegistry(createMemoryStorage());
  await using from = await openSource(HELLO);
  await using to = await openSink(`registry:${registry.host}/hello:1`);
  await copy(from, to, { all: true });
  const reject = JSON.stringify({ default: [{ type: "reject" }] });
  const policy = join(folder, "policy.json");
  await writeFile(policy, reject);
  await writeFile(
    join(folder, "spec.json"),
    JSON.stringify({
      fromImage: `${process.cwd()}/examples/hello`,
      architecture: "amd64",
      copyToRoot: ".",
    }),
  );
  const words: Readonly<Record<string, string>> = {
    IN: HELLO,
    OUT: folder,
    NAME: `${registry.host}/hello:1`,
    SPEC: join(folder, "spec.json"),
    POLICY: policy,
    PLAN: join(folder, "plan.json"),
  };
  const fill = (line: string) =>
    line.split(" ").map((word) => word.replace(/\b[A-Z]{2,}\b/, (name) => words[name] ?? name));
  const lock = ["lock", "add", "--file", join(folder, "lock.json"), words["NAME"]!];
  const home = join(folder, "home");
  await mkdir(join(home, ".config/containers"), { recursive: true });
  const [locked] = await outcomes([lock]);
  expect(locked?.stderr).toBe("");
  await writeFile(join(home, ".config/containers/policy.json"), reject);
  // The user's own, where none is named.
  const env = { ...process.env, HOME: home, XDG_CACHE_HOME: join(folder, "cache") };
  const lines = [...Object.values(TAKING), ...LOOKING];
  const results = await outcomes(lines.map(fill), { env });
  for (const [at, line] of lines.entries()) seen.set(line, results[at]!);
});

describe("the user's policy", () => {
  it.each(Object.entries(TAKING))("lets %s take nothing", (_, line) => {
    const { status, stderr, stdout } = seen.get(line)!;
    expect(stderr + stdout).toContain("the policy does not allow");
    expect(status).toBe(1);
  });

  it.each(LOOKING)("says nothing about %s", (line) => {
    expect(seen.get(line)).toMatchObject({ status: 0 });
  });
});

it("every verb says whether it takes images", async () => {
  const held: string[] = [];
  for (const [name, one] of Object.entries(VERBS)) {
    const verbs = typeof one === "function" ? { "": one } : one.verbs;
    for (const [second, load] of Object.entries(verbs)) {
      const { default: verb } = await load();
      if (verb.takesImages) held.push(`${name} ${second}`.trim());
    }
  }
  expect(held.sort()).toEqual(HELD);
});
