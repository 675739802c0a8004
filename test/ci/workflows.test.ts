/** The workflows of this repository: their scripts run here, with recorders in the place of what publishes. */
import { chmod, cp, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PACKAGE, spawned } from "../cli/run.ts";
import { ROOT } from "../docs/support/public-functions.ts";
import { temporaryFolder } from "../support/folder.ts";
import { lacks } from "../support/tools.ts";
import { placePrograms, readText, RECORD } from "./support/scripts.ts";
import { type Place, readWorkflow, runJob } from "./support/workflow.ts";

const { version } = PACKAGE;
const TARBALL = `nixoci-${version}.tgz`;

/** What the jobs of a release find: a clone, as far as they look at it, and what `npm` would make. */
async function placeRelease(
  tag = `v${version}`,
): Promise<Place & { readLog(): Promise<string[]> }> {
  const folder = await temporaryFolder();
  const log = join(folder, "log");
  await mkdir(join(folder, ".ci"));
  await mkdir(join(folder, "release"));
  await cp(join(ROOT, "package.json"), join(folder, "package.json"));
  await writeFile(join(folder, ".ci", "run"), 'echo "the tests" >> "$LOG"\n');
  const binary = join(folder, "release", "nixoci-linux-x64");
  await writeFile(binary, `#!/bin/sh\n${RECORD}\n[ "$1" != login ] || cat >> "$LOG"\n`);
  await chmod(binary, 0o644); // as it comes out of an archive of a job
  const npm = (await spawned("sh", ["-c", "command -v npm"], "")).stdout.trim();
  const programs = await placePrograms({
    sudo: 'case $1 in --*) shift ;; esac; exec "$@"',
    npm: `[ "$1" != pkg ] || exec "${npm}" "$@"; ${RECORD}; [ "$1" != pack ] || touch ${TARBALL}`,
    npx: RECORD,
    gh: RECORD,
  });
  const env = {
    LOG: log,
    GITHUB_REF_NAME: tag,
    GITHUB_REPOSITORY: "Me/nixoci",
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_ACTOR: "me",
  };
  const readLog = async () => (await readFile(log, "utf8")).trim().split("\n");
  return { folder, programs, env, expressions: { "github.token": "secret" }, readLog };
}

describe.skipIf(lacks("bash", "npm"))("the workflow of a release", () => {
  const run = async (name: string, place: Place) =>
    runJob((await readWorkflow("release.yml")).jobs[name]!, place);

  it("tests, then publishes to npm, then the rest: each job with what it needs of rights", async () => {
    const { permissions, jobs } = await readWorkflow("release.yml");
    expect(permissions).toEqual({});
    const rights = Object.entries(jobs).map(([name, job]) =>
      [
        name,
        job.needs ?? "",
        ...Object.entries(job.permissions!).map(([scope, right]) => `${scope}: ${right}`),
      ].join(", ")
    );
    expect(rights).toEqual([
      "test, , contents: read",
      "publish, test, contents: read, id-token: write, attestations: write",
      "jsr, publish, contents: read, id-token: write",
      "release, publish, contents: write, packages: write, id-token: write, attestations: write",
    ]);
  });

  it("runs what .ci/run has", async () => {
    const place = await placeRelease();
    expect(await run("test", place)).toBeUndefined();
    expect(await place.readLog()).toEqual(["the tests"]);
  });

  it("publishes the package that it packed, with provenance and its repository", async () => {
    const place = await placeRelease();
    expect(await run("publish", place)).toBeUndefined();
    expect(await place.readLog()).toEqual([
      expect.stringMatching(/^npm install --global npm@\d+\.\d+\.\d+$/),
      "npm ci",
      "npm audit signatures",
      "npm pack",
      `npm publish --provenance --access public ./${TARBALL}`,
    ]);
    const { repository } = JSON.parse(await readFile(join(place.folder, "package.json"), "utf8"));
    expect(repository).toEqual({ url: "git+https://github.com/Me/nixoci.git" });
  });

  it("publishes nothing of a tag that is not the version", async () => {
    const place = await placeRelease("v999.0.0");
    expect(await run("publish", place)).toMatch(/^the tag is the version: /);
    expect((await place.readLog()).filter((line) => /pack|publish/.test(line))).toEqual([]);
  });

  it("publishes to JSR", async () => {
    const place = await placeRelease();
    expect(await run("jsr", place)).toBeUndefined();
    expect(await place.readLog()).toEqual(["npm ci", "npx deno publish"]);
  });

  it("makes a release of what it has built, and pushes the image", async () => {
    const place = await placeRelease();
    expect(await run("release", place)).toBeUndefined();
    expect(await place.readLog()).toEqual([
      "npm ci",
      "npm run release",
      `gh release create v${version} --verify-tag --generate-notes release/nixoci-linux-x64`,
      "nixoci-linux-x64 login ghcr.io --username me --password-stdin",
      "secret",
      "nixoci-linux-x64 copy oci-archive:release/nixoci-image-linux-x64.tar " +
      `registry:ghcr.io/me/nixoci:${version}`,
    ]);
  });
});

describe.skipIf(lacks("bash", "npm"))("the nightly workflow", () => {
  it("tries what is asked for, on one runtime, with a seed that can be said again", async () => {
    const { permissions, jobs } = await readWorkflow("hazards.yml");
    expect(permissions).toEqual({ contents: "read" });
    const place = await placeRelease();
    const programs = await placePrograms({
      sudo: 'exec "$@"',
      "apt-get": RECORD,
      npm: `${RECORD}; echo "$HAZARDS_KILLS $HAZARDS_SEED" >> "$LOG"`,
    });
    const expressions = {
      "inputs.kills || '2000'": "2000",
      "inputs.seed || github.run_number": "41",
      "matrix.part": "bombs,memory",
      "matrix.runtime": "deno",
    };
    expect(await runJob(jobs["hazards"]!, { ...place, programs, expressions })).toBeUndefined();
    expect((await place.readLog()).slice(-2)).toEqual([
      "npm run test:hazards -- --full --check --only bombs,memory --runtime deno",
      "2000 41",
    ]);
  });
});

describe.skipIf(lacks("actionlint"))("actionlint", () => {
  const lint = (words: readonly string[], cwd: string) => spawned("actionlint", words, "", { cwd });

  it("has nothing against the workflows", async () => {
    expect(await lint([], ROOT)).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("has nothing against the examples, whose inputs the action has", async () => {
    const folder = await placeRepository((text) => text);
    expect(await lint([], folder)).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("notices an input that the action does not have", async () => {
    const folder = await placeRepository((text) =>
      text.replace("version: 0.1.0", "release: 0.1.0")
    );
    const { status, stdout } = await lint([], folder);
    expect(status).toBe(1);
    expect(stdout).toContain('input "release" is not defined in action "nixoci"');
  });

  /** Makes a repository that has the action, and the examples of its use as its workflows. */
  async function placeRepository(change: (text: string) => string): Promise<string> {
    const folder = await mkdtemp(join(await temporaryFolder(), "repository-"));
    const workflows = join(folder, ".github", "workflows");
    await mkdir(workflows, { recursive: true });
    await cp(join(ROOT, "action.yml"), join(folder, "action.yml"));
    await mkdir(join(folder, ".git"));
    for (const name of ["github-build.yml", "github-lock-update.yml"]) {
      const text = await readText(`examples/ci/${name}`);
      await writeFile(join(workflows, name), change(text.replace("nixoci/nixoci@COMMIT", "./")));
    }
    return folder;
  }
});

describe.skipIf(lacks("shellcheck"))("shellcheck", () => {
  it("has nothing against the installer and the scripts of the action", async () => {
    const { runs } = (await import("yaml")).parse(await readText("action.yml"));
    const installer = join(ROOT, "tools", "release", "install.sh");
    const folder = await temporaryFolder();
    const scripts = (runs.steps as { run: string }[]).map(async ({ run }, n) => {
      await writeFile(join(folder, `${n}.sh`), `#!/bin/bash\n${run}`);
      return join(folder, `${n}.sh`);
    });
    const files = [installer, ...await Promise.all(scripts)];
    const outcome = await spawned("shellcheck", files);
    expect(outcome).toEqual({ status: 0, stdout: "", stderr: "" });
  });
});
