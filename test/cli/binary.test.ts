/** The single binary: reproducible, and all of the command line works in it, wherever it lies. */
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { arch, platform } from "node:process";
import { beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../docs/support/public-functions.ts";
import { folderToDispose, temporaryFolder } from "../support/folder.ts";
import { lacks } from "../support/tools.ts";
import { type Outcome, PACKAGE, spawned } from "./run.ts";

const NODE = join(ROOT, "tools", "binary", "node_modules", `node-linux-${arch}`, "bin", "node");
const NAME = `nixoci-linux-${arch}`;
const canBuild = platform === "linux" && existsSync(NODE);

let binary: string;
let sums: string;
beforeAll(async () => {
  if (!canBuild) return;
  const { path, dispose } = await folderToDispose();
  sums = await build(join(path, "release"));
  binary = join(path, "alone", "nixoci");
  await mkdir(join(path, "alone"));
  await copyFile(join(path, "release", NAME), binary);
  return dispose;
});

/** Builds it. @returns what is in SHA256SUMS. */
async function build(out: string): Promise<string> {
  const script = join(ROOT, "tools", "binary", "build.ts");
  const { status, stderr } = await spawned(NODE, [script, "--out", out, "--machine", arch]);
  expect(status, stderr).toBe(0);
  return await readFile(join(out, "SHA256SUMS"), "utf8");
}

/** Runs it in a folder, without the Node that is here and its modules in the path. */
function run(args: readonly string[], cwd: string): Promise<Outcome> {
  const env = { HOME: cwd, PATH: "/usr/bin:/bin" };
  return spawned(binary, args, "", { cwd, env });
}

describe.skipIf(!canBuild)("the single binary", () => {
  it("is made of the same bytes each time", async () => {
    const again = join(await temporaryFolder(), "release");
    expect(await build(again)).toBe(sums);
    expect(sums).toMatch(new RegExp(`^[0-9a-f]{64}  ${NAME}\n$`));
    await rm(again, { recursive: true });
  });

  it.skipIf(lacks("ldd"))(
    "needs no library that a container of Debian or Ubuntu lacks",
    async () => {
      const { stdout } = await spawned("ldd", [binary]);
      const names = [...stdout.matchAll(/^\t(?:\/\S*\/)?([a-z_+-]+)\S*\.so/gm)].map(([, name]) =>
        name
      );
      expect(names.filter((name) => !name!.startsWith("ld-linux")).sort())
        .toEqual(["libc", "libdl", "libgcc_s", "libm", "libpthread", "libstdc++", "linux-vdso"]);
    },
  );

  it("says its version, and what is wrong with words", async () => {
    const folder = await temporaryFolder();
    expect((await run(["--version"], folder)).stdout).toBe(`nixoci ${PACKAGE.version}\n`);
    const { stdout } = await run(["--version", "--json"], folder);
    expect(JSON.parse(stdout)).toMatchObject({ version: PACKAGE.version, json: 1 });
    expect(await run(["cpoy"], folder)).toEqual({
      status: 2,
      stdout: "",
      stderr: 'nixoci: Unknown command "cpoy"; did you mean copy?\n',
    });
  });

  it("speaks TLS, whose module is loaded late", async () => {
    const { status, stderr } = await run(
      ["ping", "--tls-verify", "127.0.0.1:1"],
      await temporaryFolder(),
    );
    expect([status, stderr]).toEqual([expect.any(Number), expect.stringContaining("refused")]);
  });

  it("has all verbs, which it loads when they are asked for", async () => {
    const folder = await temporaryFolder();
    const { stdout } = await run(["--help"], folder);
    const verbs = [...stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, verb]) => verb!);
    expect(verbs.length).toBeGreaterThan(30);
    for (const verb of verbs) {
      expect(await run([verb, "--help"], folder)).toMatchObject({ status: 0, stderr: "" });
    }
    const hello = join(ROOT, "examples", "hello");
    const copied = await run(["copy", "-q", `oci-dir:${hello}`, "docker-archive:a.tar:a"], folder);
    expect(copied).toMatchObject({ status: 0, stderr: "" });
  });

  it("makes layers on threads", async () => {
    const folder = await temporaryFolder();
    const paths = Array.from({ length: 6 }, (_, i) => `/nix/store/${`${i}`.repeat(32)}-p${i}`);
    for (const path of paths) {
      await mkdir(join(folder, "root", path), { recursive: true });
      await writeFile(join(folder, "root", path, "file"), Buffer.alloc(48 << 20, path));
    }
    const closure = paths.map((path) => ({ path, narSize: 48 << 20, references: [] }));
    await writeFile(join(folder, "closure.json"), JSON.stringify(closure));
    const spec = { name: "a", deps: paths, store: "root", closure: "closure.json" };
    await writeFile(join(folder, "spec.json"), JSON.stringify(spec));
    // A thread that cannot start fails the build; this one takes longer than they wait to start.
    const made = await run(["plan", "spec.json", "-o", "plan.json"], folder);
    expect(made).toMatchObject({ status: 0 });
    expect(JSON.parse(await readFile(join(folder, "plan.json"), "utf8")).layers).toHaveLength(6);
  });
});
