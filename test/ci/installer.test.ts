/** The installer of the single binary: from a release that is served here. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { spawned } from "../cli/run.ts";
import { ROOT } from "../docs/support/public-functions.ts";
import { temporaryFolder } from "../support/folder.ts";
import { lacks } from "../support/tools.ts";
import { linkPrograms } from "./support/scripts.ts";

const INSTALLER = join(ROOT, "tools", "release", "install.sh");
const COREUTILS = ["grep", "install", "mkdir", "mktemp", "mv", "rm", "sha256sum", "uname"];

describe.skipIf(lacks("bash", "curl", "sha256sum"))("the installer", () => {
  const PROGRAM = '#!/bin/sh\necho "nixoci 1.2.3"\n';

  /** Serves a release whose binaries are a script, and installs from it. */
  async function install(
    env: Readonly<Record<string, string>>,
    { sum, program = PROGRAM, prepare, version = "1.2.3" }: {
      readonly sum?: string;
      readonly program?: string;
      readonly prepare?: (folder: string) => Promise<unknown>;
      readonly version?: string;
    } = {},
  ) {
    const right = createHash("sha256").update(program).digest("hex");
    const asked: string[] = [];
    const server = createServer(({ url = "" }, answer) => {
      asked.push(url);
      const sums = ["x64", "arm64"].map((one) => `${sum ?? right}  nixoci-linux-${one}\n`);
      answer.end(url.endsWith("SHA256SUMS") ? sums.join("") : program);
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const folder = join(await temporaryFolder(), "bin");
    await prepare?.(folder);
    const outcome = await spawned("sh", [INSTALLER, version, folder], "", {
      env: {
        ...process.env,
        NIXOCI_RELEASES: `http://127.0.0.1:${port}`,
        RUNNER_OS: "Linux",
        ...env,
      },
    });
    const isThere = existsSync(join(folder, "nixoci"));
    return { outcome, asked, isThere, right, isHalf: existsSync(join(folder, "nixoci.new")) };
  }

  it.each([["X64", "x64"], ["ARM64", "arm64"]])(
    "takes the binary for a runner of %s",
    async (RUNNER_ARCH, name) => {
      const { outcome, asked, isThere } = await install({ RUNNER_ARCH });
      expect([outcome, isThere]).toEqual([
        { status: 0, stdout: "nixoci 1.2.3\n", stderr: "" },
        true,
      ]);
      expect(asked[0]).toBe(`/v1.2.3/nixoci-linux-${name}`);
    },
  );

  it.skipIf(lacks("wget"))("fetches with wget where there is no curl", async () => {
    const { outcome, isThere } = await install({
      RUNNER_ARCH: "X64",
      PATH: await linkPrograms("sh", "wget", ...COREUTILS),
    });
    expect([outcome, isThere]).toEqual([{ status: 0, stdout: "nixoci 1.2.3\n", stderr: "" }, true]);
  });

  it("says what is missing where neither is there", async () => {
    const PATH = await linkPrograms("sh", ...COREUTILS);
    const { outcome, asked } = await install({ RUNNER_ARCH: "X64", PATH });
    const stderr = "nixoci: Cannot install: there is neither curl nor wget; install one of them\n";
    expect([outcome, asked]).toEqual([{ status: 1, stdout: "", stderr }, []]);
  });

  it("leaves what is there where the new one does not run, and says what it needs", async () => {
    const { outcome, isThere } = await install({ RUNNER_ARCH: "X64" }, { program: "#!/absent\n" });
    expect([outcome.status, isThere]).toEqual([1, false]);
    expect(outcome.stderr).toMatch(/nixoci: Cannot install: the binary does not run here; .*\n$/);
  });

  it.each<[string, (folder: string) => Promise<unknown>]>([
    ["cannot be written", (folder) => writeFile(folder, "a file")],
    ["is a directory", (folder) => mkdir(join(folder, "nixoci"), { recursive: true })],
  ])("fetches nothing for a folder that is none for it: it %s", async (problem, prepare) => {
    const { outcome, asked } = await install({ RUNNER_ARCH: "X64" }, { prepare });
    const stderr = expect.stringMatching(
      new RegExp(`^nixoci: Cannot install: \\S+ ${problem}; .*\n$`),
    );
    expect([outcome, asked]).toEqual([{ status: 1, stdout: "", stderr }, []]);
  });

  it("leaves nothing half-written", async () => {
    const PATH = await linkPrograms("sh", "curl", ...COREUTILS.filter((one) => one !== "install"));
    await writeFile(join(PATH, "install"), '#!/bin/sh\necho half >"$4"; exit 1\n', { mode: 0o755 });
    const { outcome, isThere, isHalf } = await install({ RUNNER_ARCH: "X64", PATH });
    expect([outcome.status, isThere, isHalf]).toEqual([1, false, false]);
    expect(outcome.stderr).toMatch(/^nixoci: Cannot install: \S+nixoci\.new cannot be written\n$/);
  });

  it("asks for the version, and takes it as the tag has it", async () => {
    const { NIXOCI_VERSION: _, ...env } = process.env;
    const stderr = "nixoci: Cannot install: say which version: install.sh 0.1.0 FOLDER\n";
    expect(await spawned("sh", [INSTALLER], "", { env })).toEqual({
      status: 1,
      stdout: "",
      stderr,
    });
    const { asked } = await install({ RUNNER_ARCH: "X64" }, { version: "v1.2.3" });
    expect(asked[0]).toBe("/v1.2.3/nixoci-linux-x64");
  });

  it("puts nothing there whose sum is another, or for which there is none", async () => {
    const wrong = "0".repeat(64);
    for (
      const { outcome, isThere } of [
        await install({ RUNNER_ARCH: "X64" }, { sum: wrong }),
        await install({ RUNNER_ARCH: "X64", NIXOCI_SHA256: wrong }),
        await install({ RUNNER_ARCH: "RISCV64" }),
        await install({ RUNNER_ARCH: "X64", RUNNER_OS: "macOS" }),
      ]
    ) {
      expect([outcome.status, isThere]).toEqual([1, false]);
      expect(outcome.stderr).toMatch(/^nixoci: Cannot install: .*\n$/);
    }
  });
});
