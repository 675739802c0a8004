/**
 * Files and folders that another process swaps for links, all the time, while we read and write: what
 * is elsewhere is never written to, and never read. `HAZARDS_SWAPS=100 npx vitest run
 * test/hazards/swaps` has more rounds.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, lstat, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createArtifact, openArtifactFile, writeArtifactFiles } from "../../src/artifact/mod.ts";
import { isSystemError, NixociError } from "../../src/base/errors.ts";
import { removeTree } from "../../src/bytes/disk/remove.ts";
import { collectStream } from "../../src/bytes/stream.ts";
import { unpack } from "../../src/unpack/mod.ts";
import { RUN } from "../cli/run.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image } from "../support/images.ts";
import { noteCases } from "./support/cases.ts";

const ROUNDS = Number(process.env["HAZARDS_SWAPS"] ?? 3);
/** In milliseconds: a machine may have much else to do. */
const TIMEOUT = 300_000 + ROUNDS * 5_000;
const SECRET = "S3CRETcanary".repeat(10);

let home: string;
/** A folder that nobody may write to or read from. */
let victim: string;

beforeEach(async (context) => {
  noteCases(context, ROUNDS);
  home = await temporaryFolder();
  victim = join(home, "victim");
  await mkdir(join(victim, "dir"), { recursive: true });
  for (const name of ["a", "file", "dir/b"]) await writeFile(join(victim, name), SECRET);
  await chmod(join(victim, "dir"), 0o711);
});

describe("while it is swapped for a link", { timeout: TIMEOUT }, () => {
  it("a folder that is being made leads nowhere else", async () => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`dir/${i}`, "text"]));
    const made = await image({ layers: [{ a: "a", ...files }, { file: "new" }] });
    const out = join(home, "out");
    await mkdir(out);
    await race(["steal", out], async () => {
      await settle(unpack(made, join(out, "tree")));
      await rm(join(out, "tree"), { recursive: true, force: true });
    });
  });

  it("a folder that an artifact is written to leads nowhere else", async () => {
    await mkdir(join(home, "in"));
    await writeFile(join(home, "in/a"), "a");
    const file = await openArtifactFile({ path: join(home, "in/a"), title: "dir/a" });
    const folder = await openArtifactFile({ path: join(home, "in"), title: "dir/sub" });
    const artifact = createArtifact({ type: "application/vnd.x", blobs: [file, folder] });
    const out = join(home, "out");
    await mkdir(join(out, "dir"), { recursive: true });
    await race(["swap", join(out, "dir")], () => settle(writeArtifactFiles(artifact, out)));
  });

  it("a folder that is removed takes nothing else with it", async () => {
    const tree = join(home, "tree");
    await mkdir(join(tree, "dir"), { recursive: true });
    await race(["swap", join(tree, "dir")], async () => {
      await mkdir(join(tree, "dir/dir"), { recursive: true }).catch(() => {});
      // names that the victim has, so that what is made here changes nothing there
      for (const name of ["a", "file", "dir/b"]) {
        await writeFile(join(tree, "dir", name), "", { flag: "wx" }).catch(() => {});
      }
      await removeTree(tree).catch((error) => {
        if (!isSystemError(error, "ENOENT", "ENOTDIR", "ENOTEMPTY", "EISDIR", "ELOOP")) throw error;
      });
    });
  });

  it.each([["small", 100], ["large", 600_000]])("a %s file that is packed is not read", async (
    _name,
    size,
  ) => {
    const folder = join(home, "in");
    await mkdir(folder);
    await writeFile(join(folder, "a"), Buffer.alloc(size, "x"));
    await writeFile(join(victim, "a"), SECRET.padEnd(size));
    await race(["swap", join(folder, "a"), join(victim, "a")], async () => {
      const packing = openArtifactFile({ path: folder }).then(async (blob) =>
        gunzipSync(await collectStream(blob.open(), 1 << 24, "a layer"))
      );
      const bytes = await settle(packing);
      expect(bytes?.includes(SECRET) ?? false).toBe(false);
    });
  });
});

/** Waits for the end of something, which may fail in our words. */
async function settle<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof NixociError) return undefined;
    throw error;
  }
}

/** Does work, again and again, beside somebody who swaps; the victim is as it was. */
async function race(
  [how, path, target = victim]: readonly [string, string, string?],
  work: () => Promise<unknown>,
): Promise<void> {
  const before = await stateOf(victim);
  const racer = fileURLToPath(new URL("support/racer.mjs", import.meta.url));
  const child = spawn(execPath, [...RUN, racer, how, path, target], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit");
  let said = "";
  child.stdout.on("data", (chunk) => said += chunk);
  await once(child.stdout, "data");
  for (let round = 0; round < ROUNDS; round++) await work();
  child.stdin.write("stop\n");
  await ended;
  expect(said).toMatch(/^begun\n\d+\n$/);
  expect(await stateOf(victim)).toEqual(before);
}

/** Everything about a folder that somebody could have changed. */
async function stateOf(folder: string): Promise<unknown[]> {
  const names = ["", ...await readdir(folder, { recursive: true })].sort();
  return await Promise.all(names.map(async (name) => {
    const path = join(folder, name);
    const { mode, uid, gid, nlink, mtimeMs, size } = await lstat(path);
    const text = (await lstat(path)).isFile() ? await readFile(path, "utf8") : "";
    return [name, mode, uid, gid, nlink, mtimeMs, size, text.length];
  }));
}
