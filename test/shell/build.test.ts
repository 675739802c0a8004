import { describe, expect, it, onTestFinished } from "vitest";
import type { Notice } from "../../src/base/notices.ts";
import type { BuildResult } from "../../src/compose/build.ts";
import { buildShell } from "../../src/shell/image/build.ts";
import { describeShell } from "../../src/shell/describe.ts";
import type { ShellImageOptions } from "../../src/shell/image/image-options.ts";
import { OUT } from "../nix/support/derivations.ts";
import { BASH, CACERT, COREUTILS, DRV, makeShellStore, NIX, TOOL } from "./store.ts";

type Fields = Parameters<typeof makeShellStore>[0];

async function make(options: Partial<ShellImageOptions> = {}, fields?: Fields) {
  const { drv, spec, dispose } = await makeShellStore(fields);
  onTestFinished(dispose);
  return await buildShell(drv, { ...options, spec: { ...spec, ...options.spec } });
}

async function failureOf(options: Partial<ShellImageOptions>, fields?: Fields) {
  return await make(options, fields).then(() => "no failure", (error: Error) => error.message);
}

/** The entries of the highest layer, by their paths. */
function entriesOf({ plan }: BuildResult) {
  return new Map((plan.layers.at(-1)!.recipe?.made ?? []).map((one) => [one.path, one]));
}

function configOf({ plan }: BuildResult) {
  return plan.config.config as { Env: string[]; Cmd: string[]; User: string; WorkingDir: string };
}

describe("a shell image", () => {
  it("has the inputs in its store, and neither the output nor what is only mentioned", async () => {
    const env = new Map([["name", "a-1.0"], ["out", OUT], ["other", "/nix/store/nowhere"]]);
    const built = await make({}, { env });
    const paths = built.plan.layers.flatMap(({ recipe }) => recipe?.paths ?? []);
    expect(paths.map(({ path }) => path).sort()).toEqual([BASH, COREUTILS, TOOL].sort());
    expect(configOf(built).Env).toContain(`out=${OUT}`);
    expect(built.name).toMatch(/^a-1\.0-env:[a-z0-9]{32}$/);
  });

  it("runs as dockerTools' does", async () => {
    const built = await make();
    expect(configOf(built)).toMatchObject({
      Cmd: [`${BASH}/bin/bash`, "--rcfile", "/etc/nix-shell/rc"],
      User: "1000:1000",
      WorkingDir: "/build",
    });
    expect(built.plan.config).toMatchObject({ architecture: "amd64", os: "linux" });
    const run = configOf(await make({ run: "true" }));
    expect(run.Cmd).toEqual([`${BASH}/bin/bash`, "/etc/nix-shell/rc"]);
  });

  it("has the inputs' programs where nothing reads the environment", async () => {
    const { Env } = configOf(await make({ packages: [CACERT] }));
    expect(Env).toContain(
      `PATH=${BASH}/bin:/usr/local/bin:${CACERT}/bin:${TOOL}/bin:${COREUTILS}/bin:/bin`,
    );
    expect(Env).toContain(`SSL_CERT_FILE=${CACERT}/etc/ssl/certs/ca-bundle.crt`);
  });

  it("has a user, and what programs expect, as regular files", async () => {
    const entries = entriesOf(await make({ uid: 7, gid: 8, home: "/home/me", packages: [CACERT] }));
    expect(entries.get("/etc/passwd")).toMatchObject({
      type: "file",
      content: expect.stringContaining(`\nnixbld:x:7:8:Build user:/home/me:${BASH}/bin/bash\n`),
    });
    expect(entries.get("/etc/group")).toMatchObject({
      content: expect.stringContaining("\nnixbld:!:8:\n"),
    });
    const owner = { type: "directory", uid: 7, gid: 8 };
    for (const path of ["/nix", "/home/me"]) {
      expect(entries.get(path)).toEqual({ path, mode: 0o755, ...owner });
    }
    for (const path of ["/nix/store", "/build"]) {
      expect(entries.get(path)).toEqual({ path, mode: 0o1777, ...owner });
    }
    for (const path of ["/tmp", "/var/tmp"]) {
      expect(entries.get(path)).toMatchObject({ type: "directory", mode: 0o1777 });
    }
    expect(entries.get("/bin/sh")).toMatchObject({ target: `${BASH}/bin/bash` });
    expect(entries.get("/usr/bin/env")).toMatchObject({ target: `${COREUTILS}/bin/env` });
    expect(entries.get("/usr/local/bin/buildDerivation")).toMatchObject({ mode: 0o755 });
  });

  it("has one group of a number", async () => {
    const entries = entriesOf(await make({ gid: 0 }));
    expect(entries.get("/etc/group")).toMatchObject({ content: "root:x:0:\nnobody:x:65534:\n" });
  });

  it("can have Nix's database and settings", async () => {
    const built = await make({ nix: NIX });
    const entries = entriesOf(built);
    expect(entries.get("/etc/nix/nix.conf")).toMatchObject({ type: "file" });
    expect(entries.get("/nix/var/nix/db/db.sqlite")).toMatchObject({ uid: 1000, gid: 1000 });
    expect(configOf(built).Env).toContain("USER=nixbld");
  });

  it("tells what it lacks, and what does not work for that", async () => {
    const notices: Notice[] = [];
    const onNotice = (notice: Notice) => void notices.push(notice);
    await make({ onNotice }, { inputSrcs: [BASH] });
    expect(notices.map(({ message }) => message)).toEqual([
      expect.stringContaining("no certificates"),
      expect.stringContaining("no coreutils"),
    ]);
  });

  it("tells which inputs bring most, with what they need", async () => {
    const notices: Notice[] = [];
    const onNotice = (notice: Notice) => void notices.push(notice);
    await make({ onNotice, tellsSizes: true, packages: [CACERT] });
    expect(notices.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /: tool-1\.0 0\.0 MB \(0\.0 MB\), bash-interactive-5\.2 .*, nss-cacert/,
      ),
    ]);
  });

  it.each<[string, Partial<ShellImageOptions>, Fields, string]>([
    ["two commands", { command: "a", run: "b" }, {}, "two commands"],
    ["a uid that is taken", { uid: 0 }, {}, "The uid 0 is taken: it is root's"],
    ["the other one", { uid: 65_534 }, {}, "it is nobody's"],
    ["a home that is none", { home: "build" }, {}, '"build" cannot be a home'],
    ["the store as a home", { home: "/nix/store" }, {}, '"/nix/store" cannot be a home'],
    ["everybody's folder as a home", { home: "/tmp" }, {}, '"/tmp" cannot be a home'],
    ["a Nix that is none", { nix: TOOL }, {}, `There is no Nix in ${TOOL}`],
    ["a package that is a derivation", { packages: [DRV] }, {}, "but its derivation"],
    ["another system", {}, { system: "x86_64-darwin" }, 'it is for "x86_64-darwin"'],
    ["a builder elsewhere", {}, { builder: `${CACERT}/bin/sh` }, "is not in the closure"],
    ["no shell", {}, { inputSrcs: [TOOL] }, "there is no Bash in the closure"],
    ["a shell that is not there", { shell: `${TOOL}/bin/nosuch` }, {}, "Cannot use the shell"],
    ["a name that is none", {}, { name: "gtk+" }, '"gtk+-env" cannot be the name of an image'],
    ["an input that is missing", {}, {
      inputSrcs: [BASH, `/nix/store/${"g".repeat(32)}-gone`],
    }, "an input is not in"],
  ])("is refused for %s", async (_what, options, fields, message) => {
    expect(await failureOf(options, fields)).toContain(message);
  });
});

it("an environment is described for a shell that is there", async () => {
  const { drv, spec, dispose } = await makeShellStore();
  onTestFinished(dispose);
  const { script, json } = await describeShell(`${drv}!out`, { spec });
  expect(Buffer.from(script).toString()).toContain("export name=");
  expect(json).toMatchObject({ variables: { name: { type: "exported", value: "a-1.0" } } });
});
