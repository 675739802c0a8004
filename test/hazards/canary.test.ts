/** A secret in files that are not what they should be: no message says it, not even with `--debug`. */
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { type Outcome, outcomes } from "../cli/run.ts";
import { folderToDispose } from "../support/folder.ts";

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

/** Writes a file, and what else the commands read; returns those. */
async function prepare(folder: string, content: string | Uint8Array): Promise<string[][]> {
  const file = join(folder, "file");
  await mkdir(join(folder, "certs"), { recursive: true });
  await writeFile(file, content);
  await writeFile(join(folder, "base.json"), JSON.stringify({ name: "x", fromImage: file }));
  for (const name of ["ca.crt", "client.cert", "client.key"]) {
    await cp(file, join(folder, "certs", name));
  }
  return commandsFor(file, folder);
}

describe("a canary", () => {
  /** What was said of each file. */
  let said: Outcome[][];

  beforeAll(async () => {
    const { path: home, dispose } = await folderToDispose();
    const lines = await Promise.all(
      FILES.map(([, content], i) => prepare(join(home, `${i}`), content)),
    );
    const env = { ...process.env, HOME: home, XDG_CACHE_HOME: join(home, "cache") };
    const all = await outcomes(lines.flat(), { env, cwd: home });
    said = lines.map(({ length }) => all.splice(0, length));
    return dispose;
  });

  it.each(FILES.map(([name], i) => [name, i] as const))("in %s shows nowhere", (_name, i) => {
    for (const { stdout, stderr } of said[i]!) expect(stdout + stderr).not.toContain(CANARY);
    // What holds a secret where it belongs may be written, and nothing is built of the rest.
    expect(said[i]!.filter(({ status }) => status === 0).length).toBeLessThan(6);
    expect(said[i]!.length).toBeGreaterThan(15);
  });
});
