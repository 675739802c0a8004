/** A command loads what it needs, and not what others need: that is most of the time of a small one. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/folder.ts";
import { LAUNCHER, spawned } from "./run.ts";

const PRELOAD = fileURLToPath(new URL("../support/loaded.cjs", import.meta.url));
const HELLO = `oci-dir:${fileURLToPath(new URL("../../examples/hello", import.meta.url))}`;

/** Parts of the bundle and modules of Node's, by what only others need. */
const HEAVY = {
  words: ["kit"],
  help: ["ready"],
  hashes: ["crypto"],
  terminals: ["tty", "readline", "readline/promises", "child_process"],
  http: ["_undici", "http", "https", "http2", "tls"],
  images: ["core"],
  schemas: ["spec", "kinds"],
  sqlite: ["sqlite"],
  unpacking: ["unpack", "flatten", "bundle", "worker_threads"],
  services: ["read-unit", "init-change", "hardening-change", "sandbox"],
};
type Kind = keyof typeof HEAVY;

/** Runs a command, which must end with that status. @returns the names of the modules that it loaded. */
async function loadedBy(words: readonly string[], expected = 0): Promise<string[]> {
  const env = { ...process.env, NIXOCI_CACHE_DIR: await temporaryFolder() };
  const { status, stderr } = await spawned(
    execPath,
    ["--require", PRELOAD, LAUNCHER, ...words],
    "",
    { env },
  );
  expect(status, stderr).toBe(expected);
  const { files, own } = JSON.parse(stderr.trim().split("\n").at(-1)!);
  return [...files, ...own];
}

// Deno has a loader of its own.
describe.skipIf("Deno" in globalThis)("the modules that a command loads", () => {
  async function writeSpec(): Promise<string> {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "rootfs"));
    await writeFile(join(folder, "rootfs", "hello"), "hello");
    await writeFile(join(folder, "spec.json"), '{ "copyToRoot": "./rootfs" }');
    return join(folder, "spec.json");
  }

  it.each<[name: string, command: () => Promise<string[]>, needs: Kind[], status?: number]>([
    ["--help", async () => ["--help"], ["help"]],
    ["digest --help", async () => ["digest", "--help"], ["help"]],
    ["lock --help", async () => ["lock", "--help"], ["help"]],
    ["a wrong flag", async () => ["digest", "--what"], ["words"], 2],
    ["digest", async () => ["digest", HELLO], ["words", "images", "hashes"]],
    ["tags", async () => ["tags", HELLO], ["words", "images"]],
    ["ls", async () => ["ls", HELLO], ["words", "images", "hashes"]],
    ["inspect", async () => ["inspect", HELLO], ["words", "images", "hashes"]],
    ["plan", async () => ["plan", await writeSpec()], ["words", "images", "hashes", "schemas"]],
  ])("of %s", async (_, command, needs, status) => {
    const loaded = await loadedBy(await command(), status);
    const found = (Object.keys(HEAVY) as Kind[])
      .filter((kind) => HEAVY[kind].some((name) => loaded.includes(name)));
    expect(found.filter((kind) => !needs.includes(kind)), loaded.join(" ")).toEqual([]);
  });

  it("of --version", async () => {
    const loaded = await loadedBy(["--version"]);
    expect(loaded).toContain("fs");
    expect(loaded.filter((name) => name === "main.cjs" || name === "kit")).toEqual([]);
  });
});
