/** The files for other people's pipelines: what is in them runs. */
import { readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { ROOT } from "../docs/support/public-functions.ts";
import { temporaryFolder } from "../support/folder.ts";
import { lacks } from "../support/tools.ts";
import { NIXOCI, placePrograms, readText, RECORD, runScript } from "./support/scripts.ts";

const HELLO = join(ROOT, "examples", "hello");

describe.skipIf(lacks("bash", "xargs"))("the action", () => {
  it("runs each line as a command, and gives the digest", async () => {
    const { runs } = parse(await readText("action.yml"));
    const step = runs.steps.find(({ id }: { id?: string }) => id === "run");
    const folder = await temporaryFolder();
    const output = join(folder, "output");
    const COMMANDS = `# two commands\ncopy -q oci-dir:${HELLO} 'oci-dir:a folder:hello'\n` +
      `digest "oci-dir:a folder:hello"`;
    const programs = await placePrograms({ nixoci: NIXOCI });
    const env = { COMMANDS, GITHUB_OUTPUT: output, RUNNER_TEMP: folder };
    const { status, stdout } = await runScript(step.run, folder, programs, env);
    expect(status).toBe(0);
    const digest = stdout.trim().split("\n").at(-1);
    expect(await readFile(output, "utf8")).toBe(`digest=${digest}\n`);
    // None of them takes the lines of those after it.
    const log = join(folder, "log");
    const reader = await placePrograms({ nixoci: `cat\n${RECORD}` });
    const two = { ...env, COMMANDS: "build -\nload -", LOG: log };
    expect((await runScript(step.run, folder, reader, two)).status).toBe(0);
    expect(await readFile(log, "utf8")).toBe("nixoci build -\nnixoci load -\n");
    const failed = await runScript(step.run, folder, programs, {
      ...env,
      COMMANDS: "copy a\ndigest b",
    });
    expect(failed.status).not.toBe(0);
  });

  it("installs with the script that is tested above, and names actions by commit", async () => {
    const text = await readText("action.yml");
    expect(text).toContain('sh "$ACTION/tools/release/install.sh"');
    for (const name of ["github-build.yml", "github-lock-update.yml"]) {
      const { jobs } = parse(await readText(`examples/ci/${name}`));
      const steps = Object.values(jobs as Record<string, { steps: { uses?: string }[] }>)
        .flatMap(({ steps }) => steps);
      const uses = steps.flatMap((step) => step.uses ?? []);
      expect(uses.filter((one) => !/@([0-9a-f]{40}|COMMIT)$/.test(one))).toEqual([]);
    }
  });
});

describe.skipIf(lacks("bash", "git"))("the update of a lockfile", () => {
  it("pushes a branch and asks for a merge where a tag has moved, else nothing", async () => {
    const { jobs } = parse(await readText("examples/ci/github-lock-update.yml"));
    const { run } = jobs.update.steps.at(-1);
    const folder = await temporaryFolder();
    const work = join(folder, "work");
    const begin = `git init -q --bare origin.git && git clone -q origin.git work && cd work &&
      git config user.name a && git config user.email a@b.test && echo 1 > nixoci.lock.json &&
      git add . && git commit -qm begin && git push -q origin HEAD`;
    expect((await runScript(begin, folder, folder)).status).toBe(0);
    const gh = `echo "$@" >> ${join(folder, "asked")}`;
    const still = await placePrograms({ nixoci: "true", gh });
    expect((await runScript(run, work, still)).status).toBe(0);
    expect(existsSync(join(folder, "asked"))).toBe(false);
    const moved = await placePrograms({
      nixoci: 'test "$*" = "lock update" && echo 2 > nixoci.lock.json',
      gh,
    });
    expect(await runScript(run, work, moved)).toMatchObject({ status: 0 });
    expect(await readFile(join(folder, "asked"), "utf8")).toContain("pr create");
    const pushed = await runScript(
      "git show images:nixoci.lock.json",
      join(folder, "origin.git"),
      folder,
    );
    expect(pushed.stdout).toBe("2\n");
  });
});

describe.skipIf(lacks("bash"))("the hook of pre-commit", () => {
  it("lets lockfiles pass, and nothing else by their name", async () => {
    const { repos } = parse(await readText("examples/ci/pre-commit-config.yaml"));
    const [{ entry, files }] = repos[0].hooks;
    expect("images/nixoci.lock.json").toMatch(new RegExp(files));
    const folder = await temporaryFolder();
    const programs = await placePrograms({ nixoci: NIXOCI });
    const { EMPTY_LOCK } = await import("../../src/lock/mod.ts");
    await writeFile(join(folder, "a file"), JSON.stringify(EMPTY_LOCK));
    await writeFile(join(folder, "wrong"), '{"images": 7}');
    expect(await runScript(`${entry} "a file"`, folder, programs)).toMatchObject({ status: 0 });
    expect((await runScript(`${entry} "a file" wrong`, folder, programs)).status).toBe(1);
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
      await readText("examples/ci/renovate.json"),
    );
    expect("web/spec.json").toMatch(new RegExp(managerFilePatterns[0].slice(1, -1)));
    const groups = new RegExp(text).exec(JSON.stringify({ fromImage }, null, 2))?.groups;
    const found = groups && [groups["depName"], groups["currentValue"], groups["currentDigest"]];
    expect(found).toEqual(wanted);
  });
});

describe("GitLab's component", () => {
  const readComponent = async () => {
    const text = await readText("examples/ci/gitlab-component.yml");
    return parseAllDocuments(text).map((document) => document.toJS());
  };

  it("has inputs with defaults, and a job that uses them", async () => {
    const [about, job] = await readComponent();
    const used = [...JSON.stringify(job).matchAll(/\$\[\[ inputs\.(\w+) \]\]/g)];
    expect(new Set(used.map(([, name]) => name))).toEqual(new Set(Object.keys(about.spec.inputs)));
  });

  it.skipIf(lacks("bash"))("installs that version, logs in, runs the command", async () => {
    const [about, jobs] = await readComponent();
    const inputs: Record<string, string> = {
      version: about.spec.inputs.version.default,
      command: "build spec.json registry:$CI_REGISTRY_IMAGE:latest",
      job: "image",
      stage: "build",
    };
    const text = JSON.stringify(jobs).replaceAll(
      /\$\[\[ inputs\.(\w+) \]\]/g,
      (_, name) => inputs[name]!,
    );
    const { image } = JSON.parse(text);
    const folder = await temporaryFolder();
    const log = join(folder, "log");
    const nixoci = `${RECORD}\n[ "$1" != login ] || cat >> "$LOG"`;
    const env = {
      LOG: log,
      CI_REGISTRY: "registry.example.com",
      CI_REGISTRY_USER: "me",
      CI_REGISTRY_PASSWORD: "secret",
      CI_REGISTRY_IMAGE: "registry.example.com/team/app",
    };
    const programs = await placePrograms({ nixoci, npm: RECORD });
    const outcome = await runScript(image.script.join("\n"), folder, programs, env);
    expect(outcome).toEqual({ status: 0, stdout: "", stderr: "" });
    expect((await readFile(log, "utf8")).split("\n")).toEqual([
      `npm install --global nixoci@${inputs["version"]}`,
      "nixoci login registry.example.com --username me --password-stdin",
      "secret",
      "nixoci build spec.json registry:registry.example.com/team/app:latest",
      "",
    ]);
  });
});
