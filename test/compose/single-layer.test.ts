/** The single layer of dockerTools' buildImage, in SPECs. */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { build } from "../../src/compose/build.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { readPlan, writePlan } from "../../src/plan/mod.ts";
import { createPlanImage } from "../../src/plan/mod.ts";
import { readLayerTar } from "../../src/image/layer/layer.ts";
import { readTar } from "../../src/tar/mod.ts";
import { HELLO, LIBC, ROOT, smallStore } from "./store.ts";

const none = (path: string) => path.replace(/^\//, "");

async function built(spec: Spec) {
  const { folder } = await smallStore();
  const { image, plan } = await build(
    { singleLayer: true, store: "store", closure: "graph.json", ...spec },
    { folder },
  );
  const entries: string[] = [];
  for await (const { entry } of readTar(readLayerTar(image.layers.at(-1)!))) {
    const { path, mode, uname, gname, uid } = entry;
    entries.push(`${path} ${mode.toString(8)} ${uname}:${gname} ${uid}`);
  }
  return { image, plan, entries, folder, paths: entries.map((one) => one.split(" ")[0]!) };
}

describe("the single layer", () => {
  it("has the root, and after it what its bytes and the config refer to", async () => {
    const { image, paths, entries } = await built({
      copyToRoot: ROOT,
      config: { Cmd: [`${LIBC}/lib/libc.so`] },
    });
    expect(image.layers).toHaveLength(1);
    expect(paths).toEqual([
      ...["./", "./bin/", "./bin/hi", "./etc/", "./etc/passwd", "./nix/", "./nix/store/"],
      ...[HELLO, `${HELLO}/bin`].map((one) => `${none(one)}/`),
      none(`${HELLO}/bin/hello`),
      ...[LIBC, `${LIBC}/lib`].map((one) => `${none(one)}/`),
      none(`${LIBC}/lib/libc.so`),
    ]);
    expect(entries[0]).toBe("./ 775 root:root 0");
    expect(entries[5]).toBe("./nix/ 555 root:root 0");
  });

  it("has the names of Nix's sandbox for the owners of the root, and root's in the store", async () => {
    const { entries } = await built({ copyToRoot: ROOT, uid: 1000, gid: 100 });
    expect(entries[1]).toBe("./bin/ 755 nixbld:nixbld 1000");
    expect(entries.at(-1)).toMatch(/libc.so 444 root:root 0$/);
    const { entries: others } = await built({ copyToRoot: ROOT, uid: 7 });
    expect(others[1]).toBe("./bin/ 755 :root 7");
  });

  it("is there though nothing is in it", async () => {
    const { paths, entries, image } = await built({});
    expect(entries).toEqual(["./ 775 root:root 0"]);
    expect(image.layers).toHaveLength(1);
    expect(paths).toHaveLength(1);
  });

  it("leaves out what a folder that was a link does not mention", async () => {
    const { folder } = await smallStore();
    const lone = `/nix/store/${"d".repeat(32)}-env`;
    await mkdir(join(folder, "store", lone), { recursive: true });
    await symlink(`${HELLO}/bin`, join(folder, "store", lone, "bin"));
    const graph = [
      { path: lone, references: [HELLO], narSize: 1 },
      { path: HELLO, references: [LIBC], narSize: 1 },
      { path: LIBC, references: [LIBC], narSize: 1 },
    ];
    await writeFile(join(folder, "graph.json"), JSON.stringify(graph));
    const layersOf = async (spec: Spec) => {
      const all = { singleLayer: true, store: "store", closure: "graph.json", ...spec };
      const { plan } = await build(all, { folder });
      return plan.layers.map(({ recipe }) => recipe!.paths.map(({ path }) => path));
    };
    // Copied as a folder: no byte of it has a hash.
    expect(await layersOf({ copyToRoot: lone })).toEqual([[lone]]);
    const kept = await layersOf({ copyToRoot: lone, keepContentsDirlinks: true });
    expect(kept).toEqual([[lone, HELLO, LIBC]]);
    // A folder within a store path.
    expect(await layersOf({ copyToRoot: `${LIBC}/lib` })).toEqual([[`${LIBC}/lib`]]);
  });

  it("is in its plan", async () => {
    const { plan, folder, image } = await built({ copyToRoot: ROOT });
    const read = await readPlan(Buffer.from(writePlan(plan)), "image.json");
    const again = await createPlanImage(read, { store: { root: join(folder, "store") } });
    for await (const _chunk of again.layers[0]!.open()); // its digest is proved
    expect(again.layers[0]!.diffId).toBe(image.layers[0]!.diffId);
  });

  it("is of dockerTools' style, and has no permissions", async () => {
    const asked: readonly (readonly [Spec, string])[] = [
      [{ style: "nix2container" }, "singleLayer: nix2container has no such layer"],
      [
        { copyToRoot: ROOT, perms: [{ path: ROOT, regex: ".*" }] },
        "perms[0]: buildImage's layer has no permissions",
      ],
    ];
    for (const [spec, message] of asked) await expect(built(spec)).rejects.toThrow(message);
    const { folder } = await smallStore();
    const empty = { style: "nix2container", emptyLayer: true } as const;
    await expect(build(empty, { folder })).rejects.toThrow("emptyLayer: nix2container has no such");
  });

  it("may be empty above the layers of the store", async () => {
    const { folder } = await smallStore();
    const spec: Spec = { deps: LIBC, store: "store", closure: "graph.json", emptyLayer: true };
    const { image } = await build(spec, { folder });
    expect(image.layers).toHaveLength(2);
    // As GNU tar packs an empty folder: `tar --numeric-owner --owner=0 … -c .` of a folder of 0755.
    expect(image.layers[1]!.descriptor.size).toBe(10_240);
  });
});
