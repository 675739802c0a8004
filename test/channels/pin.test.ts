/** Dockerfiles in step with what niv, npins and flakes have pinned. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { pinDockerfile, type PinOptions } from "../../src/channels/pin/pin.ts";
import { temporaryFolder } from "../support/folder.ts";

const OLD = "0".repeat(40);
const NEW = "1".repeat(40);
const HASH = "sha256-+CNP5KrFWXTj6DszH/xuiJvNVKAac2VKaJTOrafBmbo=";

const NIV = { nixpkgs: { branch: "nixos-24.11", rev: NEW, sha256: HASH, type: "tarball" } };
const NPINS = {
  version: 7,
  pins: { nixpkgs: { type: "Git", branch: "b", revision: NEW, hash: HASH } },
};
const FLAKE = {
  version: 7,
  root: "root",
  nodes: {
    root: { inputs: { nixpkgs: ["tool", "nixpkgs"], tool: "tool" } },
    tool: { inputs: { nixpkgs: "nixpkgs_2" } },
    nixpkgs: { locked: { type: "github", rev: OLD, narHash: HASH } },
    nixpkgs_2: {
      locked: { type: "github", rev: NEW, narHash: HASH },
      original: { ref: "nixos-unstable" },
    },
  },
};

/** A project with these files; values become JSON. */
async function makeProject(dockerfile: string, files: Readonly<Record<string, unknown>>) {
  const folder = await temporaryFolder();
  for (const [name, value] of Object.entries({ Dockerfile: dockerfile, ...files })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), typeof value === "string" ? value : JSON.stringify(value));
  }
  const dockerfileOf = () => readFile(join(folder, "Dockerfile"), "utf8");
  const pin = (options?: PinOptions) => pinDockerfile(join(folder, "Dockerfile"), options);
  const refused = (options?: PinOptions) =>
    pin(options).then(() => "", ({ message }) => String(message).replaceAll(`${folder}/`, ""));
  return { folder, pin, refused, dockerfileOf };
}

const FROM = `FROM me/nixpkgs:${OLD} AS build\nRUN true\n`;

describe("pinning", () => {
  it("changes the commit of every stage of the image, and nothing else", async () => {
    const dockerfile = (commit: string) =>
      [
        "# syntax=docker/dockerfile:1",
        `# FROM me/nixpkgs:${OLD}`,
        `from --platform=linux/amd64  host:5000/me/nixpkgs:${commit} AS build\r`,
        "RUN cat <<EOF > /Dockerfile",
        `FROM host:5000/me/nixpkgs:${OLD}`,
        "EOF",
        "RUN echo \\",
        "# a comment",
        `  FROM host:5000/me/nixpkgs:${OLD}`,
        `\tFROM host:5000/me/nixpkgs:${commit}`,
        `FROM other/nixpkgs:${OLD}@sha256:${"2".repeat(64)}`,
        "FROM scratch",
        "",
      ].join("\n");
    const project = await makeProject(dockerfile(OLD), { "nix/sources.json": NIV });
    const image = "host:5000/me/nixpkgs";
    const { behind, warnings } = await project.pin({ image, check: true });
    expect(behind.map(({ line }) => line)).toEqual([3, 10]);
    expect(warnings).toEqual([]);
    expect(await project.dockerfileOf()).toBe(dockerfile(OLD));
    await project.pin({ image });
    expect(await project.dockerfileOf()).toBe(dockerfile(NEW));
    expect(await project.pin({ image })).toMatchObject({ behind: [], current: [{}, {}] });
  });

  it("reads what the root of a flake has, and npins, and warns of their store paths", async () => {
    const warning = (file: string) =>
      `${file}: nixpkgs will be looked for as /nix/store/47hks1wf6azabvp6kldzz0cfmq7d71sw-source, not ` +
      "/nix/store/xp168x5yr785avlf2mil6ydzwcvhpzm4-nixpkgs-src: build the image with " +
      "--nixpkgs-name nixpkgs-src --nixpkgs-name source, or it is downloaded";
    for (const [file, value] of [["flake.lock", FLAKE], ["npins/sources.json", NPINS]] as const) {
      const project = await makeProject(FROM, { [file]: value });
      const { source, warnings } = await project.pin();
      expect(source.commit).toBe(NEW);
      expect(warnings).toEqual([warning(join(project.folder, file))]);
      expect(await project.dockerfileOf()).toBe(FROM.replace(OLD, NEW));
    }
  });

  it.each([
    ["a command between backticks", "RUN echo `date`\n"],
    ["a shift", "RUN echo $((1<<2))\n2x\n"],
    ["a here-string", "RUN cat <<<word\n"],
    ["what looks like a heredoc, and has no end", 'RUN echo "a <<b"\n'],
    ["two heredocs", `COPY <<a <<-"b" /\nFROM me/nixpkgs:${OLD}\n a\na\n\t\tb\n`],
    ["another escape", `# syntax=x\n# Escape = \`\nRUN a \`\nFROM me/nixpkgs:${OLD}\nRUN b \\\n`],
  ])("sees the stage after %s", async (_what, before) => {
    const project = await makeProject(before + FROM, { "nix/sources.json": NIV });
    await project.pin();
    expect(await project.dockerfileOf()).toBe(before + FROM.replace(OLD, NEW));
  });

  it("tells of a branch that the image is not of", async () => {
    const from = `FROM me/nixpkgs-nixos-20.03:${OLD}\n`;
    const project = await makeProject(from, { "nix/sources.json": NIV });
    expect((await project.pin()).warnings).toEqual([
      `${project.folder}/nix/sources.json follows nixos-24.11, and the image is of nixos-20.03: name ` +
      "another image",
    ]);
  });

  it("refuses what is ambiguous, and writes nothing", async () => {
    const both = await makeProject(FROM, { "nix/sources.json": NIV, "flake.lock": FLAKE });
    expect(await both.refused()).toBe("");
    const old = { nixpkgs: { ...NIV.nixpkgs, rev: OLD } };
    const unlike = await makeProject(FROM, { "nix/sources.json": old, "flake.lock": FLAKE });
    expect(await unlike.refused()).toBe(
      "nix/sources.json and flake.lock have different commits of nixpkgs",
    );
    expect(await unlike.refused({ source: join(unlike.folder, "flake.lock") })).toBe("");
    const two = await makeProject(`${FROM}FROM you/nixpkgs:${OLD}\n`, { "nix/sources.json": NIV });
    expect(await two.refused()).toBe(
      "Dockerfile has stages of me/nixpkgs and you/nixpkgs, with commits",
    );
    const fixed = `FROM me/nixpkgs:${OLD}@sha256:${"2".repeat(64)}\n`;
    const digest = await makeProject(fixed, { "nix/sources.json": NIV });
    expect(await digest.refused()).toBe(
      "Dockerfile:1: me/nixpkgs has a digest, and another commit's is another one",
    );
    expect(await digest.dockerfileOf()).toBe(fixed);
  });

  it("says in a line what is wrong with files", async () => {
    const refused = async (dockerfile: string, files: Readonly<Record<string, unknown>>) =>
      (await makeProject(dockerfile, files)).refused();
    const none = "Dockerfile has no FROM of an image with a commit as its tag";
    expect(await refused("FROM debian:12\n", { "nix/sources.json": NIV })).toBe(none);
    expect(await refused("", { "nix/sources.json": NIV })).toBe(none);
    expect(await refused(FROM, {})).toMatch(/ has no nixpkgs that is pinned$/);
    expect(await refused(FROM, { "flake.lock": "<html>" })).toMatch(/^flake\.lock /);
    expect(await refused(FROM, { "flake.lock": [] })).toBe("flake.lock is not an object of JSON");
    expect(await refused(FROM, { "flake.lock": { a: 1 } }))
      .toBe("flake.lock is not a file of niv, npins or flakes");
    expect(await refused(FROM, { "nix/sources.json": {} })).toBe("nix/sources.json has no nixpkgs");
    expect(await refused(FROM, { "nix/sources.json": { nixpkgs: { rev: "abc" } } }))
      .toBe("nix/sources.json: nixpkgs says no commit of 40 digits");
    const channel = { pins: { nixpkgs: { type: "Channel", name: "nixos-unstable" } } };
    expect(await refused(FROM, { "npins/sources.json": channel }))
      .toBe("npins/sources.json: nixpkgs is a channel's archive: it names no commit");
    const circle = { nodes: { root: { inputs: { nixpkgs: ["a"], a: ["nixpkgs"] } } } };
    expect(await refused(FROM, { "flake.lock": circle }))
      .toBe("flake.lock: inputs follow each other in a circle");
  });
});
