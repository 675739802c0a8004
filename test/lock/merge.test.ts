/** What git makes of two branches that changed the lockfile. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Digest } from "../../src/bytes/digest.ts";
import {
  EMPTY_LOCK,
  encodeLock,
  type Lock,
  type LockedImage,
  parseLock,
} from "../../src/lock/mod.ts";
import { setImage } from "../../src/lock/model.ts";
import { temporaryFolder } from "../support/folder.ts";
import { lacks } from "../support/tools.ts";

function locked(name: string, seed: string): LockedImage {
  const blob = (part: string) => ({
    mediaType: "application/x",
    digest: `sha256:${Buffer.from(part + seed).toString("hex").padEnd(64, "0")}` as Digest,
    size: 7,
  });
  const platform = (part: string) => ({
    manifest: blob(`m${part}`),
    config: blob(`c${part}`),
    layers: [blob(`l${part}`)],
  });
  return {
    repository: `docker.io/library/${name}`,
    tag: "1",
    index: blob("i"),
    platforms: { "linux/amd64": platform("1"), "linux/arm64": platform("2") },
  };
}

const lockOf = (images: Record<string, string>): Lock =>
  Object.entries(images).reduce(
    (lock, [name, seed]) => setImage(lock, locked(name, seed)),
    EMPTY_LOCK,
  );

/** A merge of two changes of a lock, by git; `undefined` where it cannot. */
async function merged(base: Lock, ours: Lock, theirs: Lock): Promise<string> {
  const folder = await temporaryFolder();
  const files = { ours, base, theirs };
  for (const [name, lock] of Object.entries(files)) {
    writeFileSync(join(folder, name), encodeLock(lock));
  }
  try {
    execFileSync("git", ["merge-file", "ours", "base", "theirs"], { cwd: folder });
  } catch { /* its status is the number of conflicts */ }
  return readFileSync(join(folder, "ours"), "utf8");
}

const BASE = { b: "old", d: "old", f: "old" };

it.skipIf(lacks("git")).each([
  ["two updates", { ...BASE, b: "new" }, { ...BASE, d: "new" }, { b: "new", d: "new", f: "old" }],
  ["an update beside another's", { ...BASE, d: "new" }, { ...BASE, f: "new" }, {
    b: "old",
    d: "new",
    f: "new",
  }],
  ["additions", { ...BASE, c: "ours" }, { ...BASE, e: "theirs" }, {
    ...BASE,
    c: "ours",
    e: "theirs",
  }],
  ["additions at both ends", { ...BASE, a: "ours" }, { ...BASE, z: "theirs" }, {
    ...BASE,
    a: "ours",
    z: "theirs",
  }],
  ["an addition and a removal", { ...BASE, e: "ours" }, { d: "old", f: "old" }, {
    d: "old",
    e: "ours",
    f: "old",
  }],
])("git merges %s", async (_, ours, theirs, both) => {
  const text = await merged(lockOf(BASE), lockOf(ours), lockOf(theirs));
  expect(parseLock(Buffer.from(text), "it")).toEqual(lockOf(both));
  expect(text).toBe(encodeLock(lockOf(both)));
});

it.skipIf(lacks("git"))("what git cannot merge is refused with the line", async () => {
  const text = await merged(lockOf(BASE), lockOf({ b: "ours" }), lockOf({ b: "theirs" }));
  expect(() => parseLock(Buffer.from(text), "it")).toThrow(/^it has a merge conflict in line \d+$/);
});
