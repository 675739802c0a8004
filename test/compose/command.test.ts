/** The command of an image: a bare name becomes the path of a program, or is an error. */
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { build, type BuildOptions } from "../../src/compose/build.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { readConfig } from "../../src/image/documents/load.ts";
import { createLayer } from "../../src/recipe/mod.ts";
import { writeLayers } from "../../src/plan/mod.ts";
import { planLayerOf } from "../../src/plan/plan.ts";
import { image } from "../support/images.ts";
import { HELLO, LIBC, ROOT, smallStore } from "./store.ts";

/** Links among the programs, by what they say. */
const LINKS = [
  ["../bin/tool", "usr/bin/linked"], // leads to nothing: there is no usr/bin/tool
  ["../../bin/tool", "usr/bin/relative"],
  ["/bin/tool", "usr/bin/absolute"],
  ["usr/bin", "short"],
  ["/short/app", "usr/bin/through"],
  ["../../../../../bin/tool", "usr/bin/above"],
  [`${HELLO}/bin/hello`, "usr/bin/stored"],
  ["loop", "usr/bin/loop"],
  ["round", "usr/bin/about"],
  ["about", "usr/bin/round"],
  ["/etc", "usr/bin/folder"],
  ["/bin/tool/x", "usr/bin/below"],
  ["/etc/hostname", "usr/bin/outside"],
  ["../../bin", "usr/bin/dir"],
] as const;

/** What the image runs, of folders with these programs below them. */
async function started(spec: Spec, base: readonly string[] = [], how: BuildOptions = {}) {
  const { folder } = await smallStore();
  for (const program of ["root/usr/bin/app", "root/bin/tool", "other/bin/tool", "plain/bin/data"]) {
    await mkdir(join(folder, dirname(program)), { recursive: true });
    await writeFile(join(folder, program), "#!/bin/sh");
    await chmod(join(folder, program), program.startsWith("plain") ? 0o644 : 0o755);
  }
  for (const [target, place] of LINKS) await symlink(target, join(folder, "root", place));
  const layer = await createLayer({
    style: "dockertools",
    paths: [],
    made: [{ type: "file", path: "/bin/made", content: "x", mode: 0o755 }],
  });
  const layers = writeLayers([planLayerOf(layer, { recipe: layer.recipe })]);
  await writeFile(join(folder, "made.json"), layers);
  const from = base.length > 0 && {
    image: await image({ layers: [{ "bin/sh": "x" }], config: { Env: [...base] } }),
    reference: "oci-dir:base",
  };
  const all = { store: "store", closure: "graph.json", ...spec };
  const built = await build(from ? { ...all, fromImage: "base" } : all, {
    ...how,
    folder,
    base: from || undefined,
  });
  const { Entrypoint, Cmd } = (await readConfig(built.image.config)).json.config as
    & Spec["config"]
    & object;
  return { ...(Entrypoint !== undefined && { Entrypoint }), ...(Cmd !== undefined && { Cmd }) };
}

const cmd = (...Cmd: string[]) => ({ config: { Cmd } });

describe("a bare command", () => {
  it.each<[string, Spec, string]>([
    ["of a store path", { deps: HELLO, ...cmd("hello", "-g") }, `${HELLO}/bin/hello`],
    ["of a second store path", { deps: [LIBC, HELLO], ...cmd("hello") }, `${HELLO}/bin/hello`],
    ["of an explicit layer", { layers: [{ deps: HELLO }], ...cmd("hello") }, `${HELLO}/bin/hello`],
    ["of what is copied", { copyToRoot: ROOT, ...cmd("hi") }, "/bin/hi"],
    ["of a folder", { copyToRoot: ["other", "root"], ...cmd("app") }, "/usr/bin/app"],
    ["that is a link", { copyToRoot: "root", ...cmd("relative") }, "/usr/bin/relative"],
    ["that is an absolute link", { copyToRoot: "root", ...cmd("absolute") }, "/usr/bin/absolute"],
    ["that is a link to a link", { copyToRoot: "root", ...cmd("through") }, "/usr/bin/through"],
    ["that is a link above the root", { copyToRoot: "root", ...cmd("above") }, "/usr/bin/above"],
    [
      "that is a link into the store",
      { copyToRoot: "root", deps: HELLO, ...cmd("stored") },
      "/usr/bin/stored",
    ],
    ["that a layer makes", { layers: ["made.json"], ...cmd("made") }, "/bin/made"],
  ])("%s is written whole", async (_, spec, expected) => {
    const { Cmd } = await started(spec) as { Cmd: string[] };
    expect(Cmd[0]).toBe(expected);
  });

  it.each<[string, Spec]>([
    ["PATH has it", { copyToRoot: "root", config: { Cmd: ["tool"], Env: ["PATH=/x:/bin"] } }],
    ["PATH has it in the store", {
      deps: HELLO,
      config: { Cmd: ["hello"], Env: [`PATH=${HELLO}/bin`] },
    }],
    ["nix2container's image runs with the PATH of engines", {
      style: "nix2container",
      copyToRoot: "root",
      ...cmd("app"),
    }],
  ])("stays where %s", async (_, spec) => {
    expect(await started(spec)).toEqual({ Cmd: (spec.config as { Cmd: string[] }).Cmd });
  });

  it("is the entrypoint, where there is one, and its arguments are none", async () => {
    const config = { Entrypoint: ["hello"], Cmd: ["tool"] };
    expect(await started({ deps: HELLO, copyToRoot: "root", config })).toEqual({
      Entrypoint: [`${HELLO}/bin/hello`],
      Cmd: ["tool"],
    });
  });

  it("may be the base's, if it is nobody else's", async () => {
    expect(await started({ deps: HELLO, ...cmd("ls") }, ["PATH=/bin"])).toEqual({ Cmd: ["ls"] });
    expect(await started({ deps: HELLO, ...cmd("hello") }, ["PATH=/bin"]))
      .toEqual({ Cmd: [`${HELLO}/bin/hello`] });
  });

  it.each<[string, Spec, string]>([
    ["nowhere", { deps: HELLO, ...cmd("helo") }, `no program "helo": it is not in ${HELLO}/bin`],
    [
      "no program",
      { copyToRoot: "plain", ...cmd("data") },
      'no program "data": it is not in /bin, ',
    ],
    ["not in PATH either", {
      deps: HELLO,
      config: { entrypoint: ["x"], env: ["PATH=/opt/bin"] },
    }, `config.Entrypoint: the image has no program "x": it is not in /opt/bin, ${HELLO}/bin`],
  ])("that is %s is an error", async (_, spec, message) => {
    await expect(started(spec, [], { strict: true })).rejects.toThrow(message);
    // SPECs are other tools', too, and these make such images.
    const told: string[] = [];
    await started(spec, [], { onNotice: ({ message }) => told.push(message) });
    expect(told).toEqual([expect.stringContaining(message)]);
  });

  it.each(["linked", "loop", "about", "folder", "below", "outside", "dir"])(
    "that is a link which leads to no program is an error: %s",
    async (name) => {
      const spec = { copyToRoot: "root", ...cmd(name) };
      await expect(started(spec, [], { strict: true })).rejects.toThrow(`no program "${name}"`);
    },
  );

  it("may be a link to what a base has, but not to itself", async () => {
    const spec = (name: string) => ({ copyToRoot: "root", ...cmd(name) });
    const base = ["A=b"];
    expect(await started(spec("outside"), base)).toEqual({ Cmd: ["/usr/bin/outside"] });
    expect(await started(spec("loop"), base)).toEqual({ Cmd: ["loop"] });
  });

  it("has a first word", async () => {
    const message = "config.Cmd: its first word is empty, which names no program";
    await expect(started({ deps: HELLO, ...cmd("") }, [], { strict: true })).rejects
      .toThrow(message);
    const told: string[] = [];
    await started({ deps: HELLO, ...cmd("", "x") }, [], {
      onNotice: ({ message }) => told.push(message),
    });
    expect(told).toEqual([expect.stringContaining(message)]);
  });

  it("is not there where its name is longer than any path", async () => {
    const spec = { copyToRoot: ROOT, ...cmd("x".repeat(20_000)) };
    await expect(started(spec, [], { strict: true })).rejects.toThrow(/^config\.Cmd: /);
  });

  it("is no error in an image that has no programs at all", async () => {
    const told: string[] = [];
    const onNotice = ({ code }: { code: string }) => told.push(code);
    const spec = { deps: LIBC, ...cmd("x") };
    expect(await started(spec, [], { strict: true, onNotice })).toEqual({ Cmd: ["x"] });
    expect(told).toEqual(["COMMAND"]);
  });
});

describe("an image without files", () => {
  it("has no command, whole or not", async () => {
    await expect(started(cmd("/bin/sh"))).rejects.toThrow(
      'config.Cmd: "/bin/sh" cannot run: the image has no files',
    );
    await expect(started(cmd("sh"))).rejects.toThrow("the image has no files");
  });

  it("may have the store mounted", async () => {
    const spec = { includeStorePaths: false, deps: HELLO, ...cmd(`${HELLO}/bin/hello`) };
    expect(await started(spec)).toEqual({ Cmd: [`${HELLO}/bin/hello`] });
  });
});
