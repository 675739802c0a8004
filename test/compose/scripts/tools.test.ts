/** The shell and the programs of scripts, and their variables. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { openPaths, type SpecPaths } from "../../../src/compose/paths.ts";
import {
  environmentOf,
  folderOf,
  type LayerScript,
  roomsOf,
} from "../../../src/compose/scripts/script.ts";
import { findTools } from "../../../src/compose/scripts/tools.ts";
import { temporaryFolder } from "../../support/folder.ts";

const pathOf = (letter: string, name: string) => `/nix/store/${letter.repeat(32)}-${name}`;
const [BASH, COREUTILS, BUSYBOX, HELLO] = [
  pathOf("b", "bash"),
  pathOf("c", "coreutils"),
  pathOf("d", "busybox"),
  pathOf("h", "hello"),
] as [string, string, string, string];

let paths: SpecPaths;

beforeEach(async () => {
  const root = await temporaryFolder();
  const programs = [
    `${BASH}/bin/bash`,
    `${BASH}/bin/sh`,
    `${COREUTILS}/bin/mkdir`,
    `${BUSYBOX}/bin/sh`,
    `${BUSYBOX}/bin/mkdir`,
    `${HELLO}/bin/hello`,
  ];
  for (const program of programs) {
    await mkdir(join(root, program, ".."), { recursive: true });
    await writeFile(join(root, program), "");
  }
  paths = await openPaths({ root, descriptions: [] });
});

const inFolder: LayerScript = {
  field: "extraCommands",
  text: "",
  isRoot: false,
  seesBase: false,
  ownsFiles: false,
};
const asRoot: LayerScript = { ...inFolder, field: "runAsRoot", isRoot: true, seesBase: true };

const find = (script: LayerScript, tools: string[], closure: string[] = []) =>
  findTools(
    script,
    { tools: tools.map((path, i) => ({ path, at: `tools[${i}]` })) },
    { closure: closure.map((path) => ({ path, narSize: 1, references: [] })) },
    paths,
  );

const IMAGE = ["/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin"];

describe("tools", () => {
  it("are those of the SPEC, in its order", async () => {
    expect(await find(inFolder, [HELLO, BASH, COREUTILS], [BUSYBOX])).toEqual({
      shells: [`${BASH}/bin/bash`],
      path: [`${HELLO}/bin`, `${BASH}/bin`, `${COREUTILS}/bin`],
    });
  });

  it("are found in the image's own store paths", async () => {
    expect(await find(inFolder, [HELLO], [BASH, COREUTILS])).toEqual({
      shells: [`${BASH}/bin/bash`],
      path: [`${HELLO}/bin`, `${BASH}/bin`, `${COREUTILS}/bin`],
    });
    expect(await find(inFolder, [], [BUSYBOX])).toEqual({
      shells: [`${BUSYBOX}/bin/sh`],
      path: [`${BUSYBOX}/bin`],
    });
  });

  it("may be in the image, where a script sees it as its root", async () => {
    expect(await find(asRoot, [])).toEqual({ shells: ["bash", "sh"], path: IMAGE });
    expect(await find(asRoot, [BUSYBOX])).toEqual({
      shells: ["bash", `${BUSYBOX}/bin/sh`],
      path: [`${BUSYBOX}/bin`, ...IMAGE],
    });
    expect(await find(asRoot, [COREUTILS], [BASH])).toEqual({
      shells: [`${BASH}/bin/bash`],
      path: [`${COREUTILS}/bin`, `${BASH}/bin`, ...IMAGE],
    });
  });

  it("are asked for by name where there are none", async () => {
    await expect(find(inFolder, [HELLO])).rejects.toMatchObject({
      code: "USAGE",
      message: "extraCommands: there is no bash to run it in its store paths",
      hint: expect.stringMatching(/^give tools: \["\/nix\/store\/…-bash-…", .*runAsRoot/),
    });
  });

  it.each([pathOf("x", "gone"), "/usr"])("%s is refused", async (tool) => {
    await expect(find(asRoot, [tool])).rejects.toThrow(
      `tools[0]: ${tool} is not a store path that is`,
    );
  });
});

describe("a script's place", () => {
  const environment = (script: LayerScript) =>
    environmentOf(script, { path: ["/a", "/b"], storeDir: "/nix/store" });

  it("is a build's, where the layer is a folder", () => {
    expect([folderOf(inFolder), roomsOf(inFolder)]).toEqual(["/layer", ["/build", "/tmp"]]);
    expect(environment(inFolder)).toEqual([
      "PATH=/a:/b",
      ...["HOME", "NIX_BUILD_TOP", "TMPDIR", "TEMPDIR", "TMP", "TEMP"].map((n) => `${n}=/build`),
      "NIX_STORE=/nix/store",
      "SOURCE_DATE_EPOCH=315532800",
      "out=/layer",
    ]);
  });

  it("has /tmp in the layer, where the layer is the root", () => {
    const fakechroot = { ...inFolder, isRoot: true };
    expect([folderOf(fakechroot), roomsOf(fakechroot)]).toEqual(["/", ["/build"]]);
    expect(environment(fakechroot)).toContain("TMPDIR=/build");
    expect([folderOf(asRoot), roomsOf(asRoot)]).toEqual(["/", []]);
    expect(environment(asRoot)).toEqual([
      "PATH=/a:/b",
      "NIX_STORE=/nix/store",
      "SOURCE_DATE_EPOCH=315532800",
      "out=/",
    ]);
  });
});
