/** `keepContentsDirlinks`, and what a SPEC without it means. */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Base } from "../../src/compose/base/base.ts";
import { build } from "../../src/compose/build.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { ls } from "../../src/flatten/ls.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image } from "../support/images.ts";

const APP = `/nix/store/${"a".repeat(32)}-app`;

async function files(spec: Spec, base?: Base) {
  const folder = await temporaryFolder();
  for (const root of [join(folder, "store", APP), join(folder, "plain")]) {
    await mkdir(join(root, "bin"), { recursive: true });
    await writeFile(join(root, "bin/app"), "app");
    await symlink("bin", join(root, "sbin"));
  }
  await mkdir(join(folder, "store", APP, "share/zone"), { recursive: true });
  await symlink(".", join(folder, "store", APP, "share/zone/posix"));
  const graph = [{ path: APP, narSize: 1, references: [] }];
  await writeFile(join(folder, "graph.json"), JSON.stringify(graph));
  const notices: string[] = [];
  const all = { store: "store", closure: "graph.json", ...spec };
  const { image: made } = await build(all, {
    folder,
    base,
    onNotice: (one) => notices.push(one.message),
  });
  return { notices, shown: [...await ls(made)].map(({ path }) => path) };
}

it("follows links in store paths over a base, whose folders they would replace", async () => {
  const base = { image: await image({ layers: [{ "sbin/init": "x" }] }), reference: "it" };
  const spec = { copyToRoot: APP, copiesInStore: false, fromImage: "it" };
  expect((await files(spec, base)).shown).toEqual(
    expect.arrayContaining(["/sbin/init", "/sbin/app"]),
  );
});

it("tells of a link of a plain folder that replaces the base's folder, but not of the same link", async () => {
  const base = { image: await image({ layers: [{ "sbin/init": "x" }] }), reference: "it" };
  const plain = { copyToRoot: "plain", fromImage: "it", inherit: "env" as const };
  expect((await files(plain, base)).notices).toEqual([
    "the image has a link /sbin, which replaces the base's folder and all that is in it",
  ]);
});

describe("a link to a folder in copyToRoot", () => {
  it("is a folder in dockerTools' images, as rsync -k has it", async () => {
    for (const keepContentsDirlinks of [undefined, null, false]) {
      const { shown, notices } = await files({ copyToRoot: APP, keepContentsDirlinks });
      expect(shown).toContain("/sbin/app");
      expect(notices).toEqual([
        `copyToRoot: ${APP}/share/zone/posix leads to a folder around itself, and stays a link`,
      ]);
    }
  });

  it.each<[string, Spec]>([
    ["the SPEC keeps it", { copyToRoot: APP, keepContentsDirlinks: true }],
    ["the bytes are nobody's", { copyToRoot: APP, copiesInStore: false }],
    ["it is nix2container's", { copyToRoot: APP, style: "nix2container" }],
    ["it is in a plain folder", { copyToRoot: "plain" }],
  ])("stays where %s", async (_, spec) => {
    const { shown, notices } = await files(spec);
    expect(shown).toContain("/sbin");
    expect(shown).not.toContain("/sbin/app");
    expect(notices).toEqual([]);
  });
});
