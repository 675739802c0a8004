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

  it.each([
    ["an ARG", "ARG NIXPKGS=OLD\nFROM me/nixpkgs:${NIXPKGS} AS a\nFROM me/nixpkgs:$NIXPKGS\n", [1]],
    ["an ARG that is one of several", 'ARG A=1 C="OLD" D\nFROM me/nixpkgs:${C}\n', [1]],
    ["an ARG of the whole name", "ARG BASE='me/nixpkgs:OLD'\nFROM $BASE\n", [1]],
    ["an ARG of the image", "ARG A=me ARG B=${A}/nixpkgs\nARG B=$A/nixpkgs\nFROM ${B}:OLD\n", [3]],
    ["the word beside a variable", "ARG C\nFROM me/nixpkgs:${C:-OLD}\n", [2]],
    ["the ARG and not the word", "ARG C=OLD\nFROM me/nixpkgs:${C:-latest}\n", [1]],
    ["the name of a platform", "FROM me/nixpkgs-$TARGETARCH:OLD\n", [1]],
    ["a line that goes on", "FROM --platform=x \\\n# no\n\n  me/nixpkgs:OLD \\\r\n  AS a\n", [4]],
    ["COPY", "FROM x\nCOPY --chown=1 --from=me/nixpkgs:OLD --link /a /b\n", [2]],
    ["ONBUILD COPY", "FROM x\nonbuild copy --from=me/nixpkgs:OLD /a /b\n", [2]],
    [
      "RUN, on more than one line",
      "FROM x\nRUN --network=none --mount=type=bind,from=me/nixpkgs:OLD,target=/a \\\n" +
      " --mount=from=me/nixpkgs:OLD,target=/b \\\n  --mount=type=cache,target=/c cp\n",
      [2, 3],
    ],
  ])("follows %s", async (_what, dockerfile, lines) => {
    const project = await makeProject(dockerfile.replaceAll("OLD", OLD), {
      "nix/sources.json": NIV,
    });
    const { behind, warnings } = await project.pin();
    expect([behind.map(({ line }) => line), warnings]).toEqual([lines, []]);
    expect(await project.dockerfileOf()).toBe(dockerfile.replaceAll("OLD", NEW));
    expect(await project.pin()).toMatchObject({ behind: [], current: { length: lines.length } });
  });

  it.each([
    ["a command's word", `RUN echo --from=me/nixpkgs:${OLD} --mount=from=me/nixpkgs:${OLD}\n`],
    ["a copied file", `COPY me/nixpkgs:${OLD} --from=me/nixpkgs:${OLD} /\n`],
    ["an ARG of a stage", `ARG C=${OLD}\n`],
    ["a heredoc", `RUN <<E\nCOPY --from=me/nixpkgs:${OLD} a b\nE\n`],
  ])("leaves %s alone", async (_what, after) => {
    const project = await makeProject(FROM + after, { "nix/sources.json": NIV });
    expect((await project.pin()).behind).toHaveLength(1);
    expect(await project.dockerfileOf()).toBe(FROM.replace(OLD, NEW) + after);
  });

  it("names what it cannot follow, with its line", async () => {
    const more = "ARG C\nARG V=20\nFROM node:$V\nFROM node:$C\nFROM me/nixpkgs:${C%x}\nFROM $C\n" +
      "COPY --from=me/nixpkgs:$C a b\nRUN --mount=from=$C,target=/a cp\n";
    const project = await makeProject(`${more}${FROM}`, { "nix/sources.json": NIV });
    const { behind, warnings } = await project.pin();
    expect(behind).toMatchObject([{ line: 9 }]);
    const default_ = "has a variable without a default, and stays as it is";
    const there = "has a variable, which Docker does not follow there";
    expect(warnings.map((one) => one.replace(`${project.folder}/`, ""))).toEqual([
      `Dockerfile:5: me/nixpkgs:\${C%x} ${default_}`,
      `Dockerfile:6: $C ${default_}`,
      `Dockerfile:7: me/nixpkgs:$C ${there}`,
      `Dockerfile:8: $C ${there}`,
    ]);
    const none = await makeProject("ARG C\nFROM me/nixpkgs:$C\n", { "nix/sources.json": NIV });
    expect(await none.refused()).toBe(
      "Dockerfile has no FROM of an image with a commit as its tag; Dockerfile:2: me/nixpkgs:$C " +
        default_,
    );
  });

  it("refuses an ARG that another image has, too", async () => {
    const shared = `ARG C=${OLD}\nFROM me/nixpkgs:$C\nFROM you/nixpkgs:$C\n`;
    const project = await makeProject(shared, { "nix/sources.json": NIV });
    expect(await project.refused({ image: "me/nixpkgs" })).toBe(
      "Dockerfile:1: the commit is that of me/nixpkgs and of another image",
    );
    expect(await project.dockerfileOf()).toBe(shared);
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
