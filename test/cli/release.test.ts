/** What a release has beside npm's package: a Debian package, a formula, sums. */
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeDeb } from "../../tools/release/deb.ts";
import { describePackage } from "../../tools/release/about.ts";
import { writeFormula } from "../../tools/release/formula.ts";
import { sumOf, writeSums } from "../../tools/release/sums.ts";
import { temporaryFolder } from "../support/folder.ts";
import { lacks } from "../support/tools.ts";
import { LAUNCHER, PACKAGE, RUN, spawned } from "./run.ts";

/** A program in the place of the binary, whose own tests are in binary.test.ts. */
async function placeProgram(folder: string): Promise<string> {
  const path = join(folder, "program");
  await writeFile(path, "#!/bin/sh\necho it runs\n");
  await chmod(path, 0o755);
  return path;
}

describe.skipIf(lacks("dpkg-deb", "dpkg"))("the Debian package", () => {
  it("has the program, manual pages and completion, and is the same each time", async () => {
    const folder = await temporaryFolder();
    const program = await placeProgram(folder);
    const deb = await makeDeb(program, "amd64", folder);
    expect(deb).toMatch(new RegExp(`/nixoci_${PACKAGE.version}-1_amd64\\.deb$`));
    const first = await sumOf(deb);
    await makeDeb(program, "amd64", folder);
    expect(await sumOf(deb)).toBe(first);
    const { stdout } = await spawned("dpkg-deb", ["--contents", deb]);
    for (
      const path of ["usr/bin/nixoci", "usr/share/man/man1/nixoci-copy.1.gz", "completions/nixoci"]
    ) {
      expect(stdout).toContain(path);
    }
    expect(stdout.split("\n").filter((line) => line !== "" && !line.includes(" root/root ")))
      .toEqual([]);
    const fields = (await spawned("dpkg-deb", ["--field", deb])).stdout;
    expect(fields).toContain(`Version: ${PACKAGE.version}-1\n`);
  });

  it.skipIf(process.getuid?.() !== 0)(
    "installs into an empty root, and is gone again",
    async () => {
      const folder = await temporaryFolder();
      const deb = await makeDeb(await placeProgram(folder), "amd64", folder);
      const root = join(folder, "root");
      for (const path of ["updates", "info"]) {
        await mkdir(join(root, "var/lib/dpkg", path), { recursive: true });
      }
      for (const path of ["status", "available"]) {
        await writeFile(join(root, "var/lib/dpkg", path), "");
      }
      const dpkg = (...words: string[]) =>
        spawned("dpkg", ["--root", root, "--force-depends,not-root,architecture", ...words]);
      expect(await dpkg("--install", deb)).toMatchObject({ status: 0 });
      const installed = join(root, "usr/bin/nixoci");
      expect((await spawned(installed, [])).stdout).toBe("it runs\n");
      expect(await dpkg("--purge", "nixoci")).toMatchObject({ status: 0 });
      expect(existsSync(installed)).toBe(false);
    },
  );
});

describe("the formula of Homebrew", () => {
  it("has the package's place and sum", async () => {
    const folder = await temporaryFolder();
    const tarball = join(folder, "nixoci-1.2.3.tgz");
    await writeFile(tarball, "a package");
    const text = await readFile(await writeFormula(tarball, folder), "utf8");
    const { downloads } = await describePackage();
    expect(text).toContain(`  url "${downloads}/nixoci-1.2.3.tgz"\n`);
    expect(text).toContain(`  sha256 "${await sumOf(tarball)}"\n`);
    expect(text.match(/^ *(class|def|test do|end)\b/gm)).toHaveLength(6);
  });

  it("tests what the command line does", async () => {
    const folder = await temporaryFolder();
    const tarball = join(folder, "nixoci-1.2.3.tgz");
    await writeFile(tarball, "a package");
    const text = await readFile(await writeFormula(tarball, folder), "utf8");
    const [, said, line, status] =
      /assert_match "(.*)", shell_output\("#{bin}\/nixoci (.*) 2>&1", (\d)\)/.exec(text)!;
    const outcome = await spawned(process.execPath, [...RUN, LAUNCHER, ...line!.split(" ")], "", {
      cwd: folder,
    });
    expect(outcome.status).toBe(Number(status));
    expect(outcome.stdout + outcome.stderr).toContain(said);
  });
});

describe("sums", () => {
  it.skipIf(lacks("sha256sum"))("are what sha256sum checks, and notice a change", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "a"), "one");
    await writeSums(folder);
    const check = () => spawned("sha256sum", ["--check", "SHA256SUMS"], "", { cwd: folder });
    expect(await check()).toMatchObject({ status: 0 });
    await writeFile(join(folder, "a"), "two");
    expect(await check()).toMatchObject({ status: 1 });
  });
});
