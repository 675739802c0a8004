/** What docs/deno.md says of Deno's permissions: each kind of work does with them, and asks for no more. */
import { randomBytes } from "node:crypto";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { createMemoryStorage, serveRegistry } from "../../src/serve/mod.ts";
import { copy } from "../../src/copy/copy.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { folderToDispose } from "../support/folder.ts";
import { LAUNCHER, type Outcome, spawned } from "./run.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DENO = join(ROOT, "node_modules", ".bin", "deno");
const FOLDERS = "--allow-read=.,/etc/containers --allow-write=.";
const PULLING = "--allow-read=.,/etc --allow-net=localhost:5000 --allow-write=.";

/** What rows of the table say in words. */
const IN_WORDS: Readonly<Record<string, string>> = {
  "the same as for folders": FOLDERS,
  "the same as for pulling": PULLING,
  "the same, and `--allow-write=.`": PULLING,
};

const page = await readFile(join(ROOT, "docs", "deno.md"), "utf8");
const rows = [...page.matchAll(/^\| (.*?) +\| (.*?) +\| `(.*)` +\|$/gm)]
  .map((
    [, work, words, command],
  ) => [work!, IN_WORDS[words!] ?? words!.replaceAll("`", ""), command!]);

let folder: string;
let host: string;
beforeAll(async () => {
  const { path, dispose } = await folderToDispose();
  folder = path;
  await cp(join(ROOT, "examples", "hello"), join(folder, "in"), { recursive: true });
  await mkdir(join(folder, "rootfs"));
  await writeFile(join(folder, "rootfs", "app"), "an app");
  const registry = await serveRegistry(createMemoryStorage());
  host = registry.host;
  const source = await openSource(`oci-dir:${join(folder, "in")}`);
  const sink = await openSink(`registry:${host}/alpine`);
  await copy(source, sink);
  await sink[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
  return async () => {
    await registry[Symbol.asyncDispose]();
    await dispose();
  };
});

/** Runs the command line; the launcher and its bundle have to be read, wherever they lie. */
function runWith(permissions: string, command: string): Promise<Outcome> {
  const here = (text: string) => text.replaceAll("localhost:5000", host);
  const words = here(permissions).split(" ").map((word) =>
    word.replace(/^--allow-read=/, `--allow-read=${ROOT},`)
  );
  const line = ["run", "--no-prompt", ...words, LAUNCHER, ...here(command).split(" ")];
  return spawned(DENO, line, "", { cwd: folder });
}

describe.skipIf(!existsSync(DENO))("Deno's permissions", () => {
  it("are told for kinds of work", () => expect(rows.length).toBeGreaterThan(8));

  it.each(rows)("%s: %s", async (_, permissions, command) => {
    expect(await runWith(permissions!, command!)).toMatchObject({ status: 0 });
  });

  it.each([["--allow-net", "registry"], ["--allow-write", "oci-dir"], ["--allow-read", "oci-dir"]])(
    "that are lacking are named in a line: %s",
    async (lacking, scheme) => {
      const permissions = PULLING.split(" ").filter((word) => !word.startsWith(lacking));
      if (lacking === "--allow-read") permissions.push("--allow-read=/etc");
      const from = scheme === "registry" ? "registry:localhost:5000/alpine" : "oci-dir:in";
      const { status, stderr } = await runWith(
        permissions.join(" "),
        `copy -q ${from} oci-dir:new:x`,
      );
      expect(status).toBe(1);
      expect(stderr).toMatch(new RegExp(`^nixoci: .*${lacking}.*\n$`));
      expect(stderr).not.toContain("a bug");
    },
  );

  it("need none for threads that compress: where theirs may not be read, there are none", async () => {
    await mkdir(join(folder, "big"));
    await writeFile(join(folder, "big", "file"), randomBytes(3_000_000));
    const pack = (name: string, more: string) =>
      runWith(
        `${FOLDERS} ${more}`.trim(),
        `build -q --copy-to-root ./big --compress gzip --tmpdir . oci-dir:${name}:a`,
      );
    const made = await pack("threads", "");
    expect(made).toMatchObject({ status: 0, stderr: "" });
    const workers = ["dist/cli/deflate-worker.cjs", "src/bytes/gzip/deflate-worker.ts"];
    const denied = `--deny-read=${workers.map((name) => join(ROOT, name)).join()}`;
    expect(await pack("none", denied)).toEqual(made);
  });

  it("see no variable that is not allowed, and no home", async () => {
    const env = { ...process.env, NIXOCI_CACHE_DIR: join(folder, "remembered"), HOME: folder };
    const permissions = `--allow-read=${ROOT},. --allow-write=.`.split(" ");
    const copyWith = async (...more: string[]) => {
      const words = ["run", "--no-prompt", ...permissions, ...more, LAUNCHER, "copy", "-q"];
      return await spawned(DENO, [...words, "oci-dir:in", "oci-dir:seen"], "", {
        cwd: folder,
        env,
      });
    };
    const hidden = [env.NIXOCI_CACHE_DIR, join(folder, ".cache", "nixoci")];
    expect((await copyWith("--ignore-read=/etc")).status).toBe(0);
    expect(hidden.filter((path) => existsSync(path))).toEqual([]);
    expect((await copyWith("--ignore-read=/etc", "--allow-env=NIXOCI_CACHE_DIR")).status).toBe(0);
    expect(existsSync(env.NIXOCI_CACHE_DIR)).toBe(true);
  });
});
