/** A secret in files that are not what they should be: no message says it, not even with `--debug`. */
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/folder.ts";
import { type Outcome, RUN, spawned } from "../cli/run.ts";

const CANARY = "S3CRETcanary";

const FILES: readonly (readonly [name: string, content: string | Uint8Array])[] = [
  ["shadow", `root:${CANARY}:1:0:::\n${"x".repeat(700)}`],
  ["lines", `${CANARY}\n`.repeat(60)],
  ["a word", CANARY],
  ["a JSON string", JSON.stringify(CANARY)],
  ["other JSON", JSON.stringify({ [CANARY]: CANARY })],
  ["a JSON list", JSON.stringify([CANARY, { [CANARY]: CANARY }])],
  ["broken JSON", `{"a": ${CANARY}}`],
  ["JSON with a key twice", `{"${CANARY}": 1, "${CANARY}": 2}`],
  ["broken TOML", `password = ${CANARY}\n`],
  ["a broken table", `[${CANARY}\n`],
  ["YAML", `secret: ${CANARY}\n- ${CANARY}`],
  ["an environment", `TOKEN=${CANARY}\nOTHER=${CANARY}\n`],
  ["a key", `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----\n`],
  ["a path", `/home/${CANARY}\n`],
  ["gzip", gzipSync(`${CANARY}\n`.repeat(99))],
  ["credentials", JSON.stringify({ auths: { "127.0.0.1:1": { auth: CANARY } } })],
  ["credentials of another kind", JSON.stringify({ auths: { "127.0.0.1:1": CANARY } })],
];

/** The command lines that read the file in some place; `out` is a layout that is never there. */
function commandsFor(file: string, folder: string): string[][] {
  const registry = "registry:127.0.0.1:1/x";
  const out = `oci-dir:${folder}/out:v`;
  const schemes = ["docker-archive", "oci-archive", "nix"].map((scheme) => `${scheme}:${file}`);
  return [
    ["build", file, out],
    ["plan", file],
    ["build", join(folder, "base.json"), out],
    ...schemes.flatMap((place) => [["copy", place, out], ["inspect", place], ["digest", place]]),
    ["copy", "--authfile", file, "--retry", "0", registry, out],
    ["login", "--authfile", file, "--retry", "0", "-u", "x", "-p", "y", "127.0.0.1:1"],
    ["logout", "--authfile", file, "127.0.0.1:1"],
    ["copy", "--registries-conf", file, "--retry", "0", registry, out],
    ["copy", "--src-cert-dir", join(folder, "certs"), "--retry", "0", registry, out],
    ["lock", "list", "--file", file],
    ["layers", file],
    ["lock", "import", file],
  ].map((words) => [...words, "--debug"]);
}

describe("a canary", () => {
  it.each(FILES)("in %s shows nowhere", async (_name, content) => {
    const folder = await temporaryFolder();
    const file = join(folder, "file");
    await writeFile(file, content);
    await writeFile(join(folder, "base.json"), JSON.stringify({ name: "x", fromImage: file }));
    await mkdir(join(folder, "certs"));
    for (const name of ["ca.crt", "client.cert", "client.key"]) {
      await cp(file, join(folder, "certs", name));
    }
    const outcomes = await runAll(commandsFor(file, folder), folder);
    for (const { stdout, stderr } of outcomes) expect(stdout + stderr).not.toContain(CANARY);
    // What holds a secret where it belongs may be written, and nothing is built of the rest.
    expect(outcomes.filter(({ status }) => status === 0).length).toBeLessThan(6);
  });
});

async function runAll(lines: string[][], home: string): Promise<Outcome[]> {
  const driver = fileURLToPath(new URL("../cli/driver.ts", import.meta.url));
  const env = { ...process.env, HOME: home, XDG_CACHE_HOME: join(home, "cache") };
  const { stdout } = await spawned(execPath, [...RUN, driver], JSON.stringify(lines), {
    env,
    cwd: home,
  });
  return JSON.parse(stdout);
}
