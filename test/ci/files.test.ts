/** The files for other people's pipelines: what is in them runs. */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { execPath } from "node:process";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { ROOT } from "../docs/support/public-functions.ts";
import { temporaryFolder } from "../support/folder.ts";
import { lacks } from "../support/tools.ts";
import { LAUNCHER, type Outcome, RUN, spawned } from "../cli/run.ts";

const HELLO = join(ROOT, "examples", "hello");
const readFileOf = (name: string) => readFile(join(ROOT, name), "utf8");

/** Makes a folder of programs, by their texts. */
async function placePrograms(programs: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  return folder;
}

const NIXOCI = `exec "${execPath}" ${RUN.join(" ")} "${LAUNCHER}" "$@"`;

function runShell(script: string, cwd: string, programs: string, env = {}): Promise<Outcome> {
  const PATH = [programs, process.env["PATH"]].join(delimiter);
  return spawned("bash", ["-e", "-c", script], "", { cwd, env: { ...process.env, ...env, PATH } });
}

describe.skipIf(lacks("bash", "curl", "sha256sum"))("the installer", () => {
  const PROGRAM = '#!/bin/sh\necho "nixoci 1.2.3"\n';

  /** Serves a release whose binaries are a script, and installs from it. */
  async function install(env: Readonly<Record<string, string>>, sum?: string) {
    const right = createHash("sha256").update(PROGRAM).digest("hex");
    const asked: string[] = [];
    const server = createServer(({ url = "" }, answer) => {
      asked.push(url);
      const sums = ["x64", "arm64"].map((one) => `${sum ?? right}  nixoci-linux-${one}\n`);
      answer.end(url.endsWith("SHA256SUMS") ? sums.join("") : PROGRAM);
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const folder = join(await temporaryFolder(), "bin");
    const script = join(ROOT, "tools", "release", "install.sh");
    const outcome = await spawned("sh", [script, "1.2.3", folder], "", {
      env: {
        ...process.env,
        NIXOCI_RELEASES: `http://127.0.0.1:${port}`,
        RUNNER_OS: "Linux",
        ...env,
      },
    });
    return { outcome, asked, isThere: existsSync(join(folder, "nixoci")), right };
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

  it("puts nothing there whose sum is another, or for which there is none", async () => {
    const wrong = "0".repeat(64);
    for (
      const { outcome, isThere } of [
        await install({ RUNNER_ARCH: "X64" }, wrong),
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

describe.skipIf(lacks("bash", "xargs"))("the action", () => {
  it("runs each line as a command, and gives the digest", async () => {
    const { runs } = parse(await readFileOf("action.yml"));
    const step = runs.steps.find(({ id }: { id?: string }) => id === "run");
    const folder = await temporaryFolder();
    const output = join(folder, "output");
    const COMMANDS = `# two commands\ncopy -q oci-dir:${HELLO} 'oci-dir:a folder:hello'\n` +
      `digest "oci-dir:a folder:hello"`;
    const programs = await placePrograms({ nixoci: NIXOCI });
    const env = { COMMANDS, GITHUB_OUTPUT: output, RUNNER_TEMP: folder };
    const { status, stdout } = await runShell(step.run, folder, programs, env);
    expect(status).toBe(0);
    const digest = stdout.trim().split("\n").at(-1);
    expect(await readFile(output, "utf8")).toBe(`digest=${digest}\n`);
    const failed = await runShell(step.run, folder, programs, {
      ...env,
      COMMANDS: "copy a\ndigest b",
    });
    expect(failed.status).not.toBe(0);
  });

  it("installs with the script that is tested above, and names actions by commit", async () => {
    const text = await readFileOf("action.yml");
    expect(text).toContain('sh "$ACTION/tools/release/install.sh"');
    for (const name of ["github-build.yml", "github-lock-update.yml"]) {
      const { jobs } = parse(await readFileOf(`examples/ci/${name}`));
      const steps = Object.values(jobs as Record<string, { steps: { uses?: string }[] }>)
        .flatMap(({ steps }) => steps);
      const uses = steps.flatMap((step) => step.uses ?? []);
      expect(uses.filter((one) => !/@([0-9a-f]{40}|COMMIT)$/.test(one))).toEqual([]);
    }
  });
});

describe.skipIf(lacks("bash", "git"))("the update of a lockfile", () => {
  it("pushes a branch and asks for a merge where a tag has moved, else nothing", async () => {
    const { jobs } = parse(await readFileOf("examples/ci/github-lock-update.yml"));
    const { run } = jobs.update.steps.at(-1);
    const folder = await temporaryFolder();
    const work = join(folder, "work");
    const begin = `git init -q --bare origin.git && git clone -q origin.git work && cd work &&
      git config user.name a && git config user.email a@b.test && echo 1 > nixoci.lock.json &&
      git add . && git commit -qm begin && git push -q origin HEAD`;
    expect((await runShell(begin, folder, folder)).status).toBe(0);
    const gh = `echo "$@" >> ${join(folder, "asked")}`;
    const still = await placePrograms({ nixoci: "true", gh });
    expect((await runShell(run, work, still)).status).toBe(0);
    expect(existsSync(join(folder, "asked"))).toBe(false);
    const moved = await placePrograms({
      nixoci: 'test "$*" = "lock update" && echo 2 > nixoci.lock.json',
      gh,
    });
    expect(await runShell(run, work, moved)).toMatchObject({ status: 0 });
    expect(await readFile(join(folder, "asked"), "utf8")).toContain("pr create");
    const pushed = await runShell(
      "git show images:nixoci.lock.json",
      join(folder, "origin.git"),
      folder,
    );
    expect(pushed.stdout).toBe("2\n");
  });
});

describe.skipIf(lacks("bash"))("the hook of pre-commit", () => {
  it("lets lockfiles pass, and nothing else by their name", async () => {
    const [{ entry, files }] = parse(await readFileOf(".pre-commit-hooks.yaml"));
    expect("images/nixoci.lock.json").toMatch(new RegExp(files));
    const folder = await temporaryFolder();
    const programs = await placePrograms({ nixoci: NIXOCI });
    const { EMPTY_LOCK } = await import("../../src/lock/mod.ts");
    await writeFile(join(folder, "a file"), JSON.stringify(EMPTY_LOCK));
    await writeFile(join(folder, "wrong"), '{"images": 7}');
    expect(await runShell(`${entry} "a file"`, folder, programs)).toMatchObject({ status: 0 });
    expect((await runShell(`${entry} "a file" wrong`, folder, programs)).status).toBe(1);
  });
});

describe("the manager for Renovate", () => {
  it.each([
    ["registry:ghcr.io/org/app:1.4", ["ghcr.io/org/app", "1.4", undefined]],
    ["registry:localhost:5000/a:2", ["localhost:5000/a", "2", undefined]],
    [`registry:alpine@sha256:${"a".repeat(64)}`, ["alpine", undefined, `sha256:${"a".repeat(64)}`]],
    ["./base.tar", undefined],
  ])("finds what %s is based on", async (fromImage, wanted) => {
    const { customManagers: [{ matchStrings: [text], managerFilePatterns }] } = JSON.parse(
      await readFileOf("examples/ci/renovate.json"),
    );
    expect("web/spec.json").toMatch(new RegExp(managerFilePatterns[0].slice(1, -1)));
    const groups = new RegExp(text).exec(JSON.stringify({ fromImage }, null, 2))?.groups;
    const found = groups && [groups["depName"], groups["currentValue"], groups["currentDigest"]];
    expect(found).toEqual(wanted);
  });
});

describe("GitLab's component", () => {
  it("has inputs with defaults, and a job that uses them", async () => {
    const [about, job] = parseAllDocuments(await readFileOf("examples/ci/gitlab-component.yml"))
      .map((document) => document.toJS());
    const text = JSON.stringify(job);
    const used = [...text.matchAll(/\$\[\[ inputs\.(\w+) \]\]/g)].map(([, name]) => name!);
    expect(new Set(used)).toEqual(new Set(Object.keys(about.spec.inputs)));
  });
});
