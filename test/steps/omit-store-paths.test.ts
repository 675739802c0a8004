/** Images for nix-snapshotter: what is left in them, and what they say of the rest. */
import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { build } from "../../src/compose/build.ts";
import { sourceOf as sourceOfBuilt } from "../../src/compose/source.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { copy } from "../../src/copy/mod.ts";
import { ls } from "../../src/flatten/ls.ts";
import { readConfig, readManifest } from "../../src/image/documents/load.ts";
import type { Image } from "../../src/image/root.ts";
import { compress } from "../../src/steps/compress.ts";
import { format } from "../../src/steps/format.ts";
import { omitStorePaths } from "../../src/steps/omit-store-paths.ts";
import { HELLO, LIBC, LONE, ROOT, smallStore } from "../compose/store.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { image, sourceOf } from "../support/images.ts";

/** The image of a SPEC over the small store, as nix-snapshotter wants it, in a layout. */
async function omitted(spec: Spec, change?: (store: string) => Promise<void>) {
  const { folder, store } = await smallStore();
  await change?.(store);
  const built = await build({ store: "store", closure: "graph.json", ...spec }, { folder });
  const notices: string[] = [];
  const place = `oci-dir:${join(folder, "out")}:nix`;
  {
    await using to = await openSink(place);
    await copy(sourceOfBuilt(built), to, {
      steps: [omitStorePaths({ root: store }), compress({ kind: "gzip" })],
      onEvent: (event) => void (event.type === "notice" && notices.push(event.message)),
    });
  }
  await using from = await openSource(place);
  const root = await from.resolve() as Image;
  const { layers } = await readManifest(root.manifest);
  return {
    built: built.image,
    root,
    notices,
    files: [...await ls(root)].map(({ path, type, size }) =>
      `${path} ${type} ${size ?? ""}`.trim()
    ),
    annotations: layers.map(({ annotations }) => annotations),
    config: (await readConfig(root.config)).json,
  };
}

it.each(["dockertools", "nix2container"] as const)(
  "says which store paths it lacks, in the style of %s",
  async (style) => {
    const { files, annotations, config, built, root, notices } = await omitted({
      style,
      deps: [HELLO, LONE],
      maxLayers: 10,
      config: { Cmd: [`${HELLO}/bin/hello`] },
    });
    const paths = annotations.flatMap((one = {}) => {
      expect(one["containerd.io/snapshot/nix-layer"]).toBe("true");
      const { "containerd.io/snapshot/nix-layer": _, ...rest } = one;
      expect(Object.keys(rest)).toEqual(
        Object.keys(rest).map((_, at) => `containerd.io/snapshot/nix-store-path.${at}`),
      );
      return Object.values(rest);
    });
    expect(paths.sort()).toEqual([HELLO, LIBC, LONE].sort());
    expect(files).toContain(`${HELLO} directory 0`);
    expect(files.some((file) => file.startsWith(`${HELLO}/`))).toBe(false);
    expect(files.find((file) => file.startsWith(LONE))).toBe(`${LONE} file 0`);
    expect(root.layers).toHaveLength(built.layers.length);
    expect(config.rootfs.diff_ids).toEqual(root.layers.map(({ diffId }) => diffId));
    expect(notices.join()).toContain("it runs where nix-snapshotter has them alone");
  },
);

it("keeps what is at the root, and paths with modes of their own", async () => {
  const { files, annotations } = await omitted({
    style: "nix2container",
    deps: HELLO,
    copyToRoot: ROOT,
    perms: [{ path: ROOT, regex: ".*", mode: "0555" }],
  });
  expect(files.some((file) => file.startsWith("/bin/hi symlink"))).toBe(true);
  expect(files.some((file) => file.startsWith("/etc/passwd file 14"))).toBe(true);
  const said = annotations.flatMap((one = {}) => Object.values(one));
  expect(said).toContain(HELLO);
  expect(said).not.toContain(ROOT);
});

it("keeps a store path that is a link: what it leads to would be mounted", async () => {
  const { files, annotations } = await omitted({ deps: [LONE, HELLO] }, async (store) => {
    await rm(store + LONE);
    await symlink(HELLO, store + LONE);
  });
  expect(files.find((file) => file.startsWith(LONE))).toMatch(/ symlink/);
  const said = annotations.flatMap((one = {}) => Object.values(one));
  expect(said).toContain(HELLO);
  expect(said).not.toContain(LONE);
});

it("refuses what nix-snapshotter could not mount", async () => {
  const { folder } = await smallStore();
  const place = `oci-dir:${join(folder, "out")}`;
  const store = { root: join(folder, "store") };
  await using to = await openSink(place);
  await expect(copy(sourceOf({ root: await image() }), to, { steps: [omitStorePaths(store)] }))
    .rejects.toMatchObject({ code: "USAGE" });
  const spec = { store: "store", closure: "graph.json", deps: HELLO };
  const built = sourceOfBuilt(await build(spec, { folder }));
  await expect(copy(built, to, { steps: [format("docker"), omitStorePaths(store)] }))
    .rejects.toMatchObject({ code: "UNSUPPORTED" });
});

it.each([
  [
    { perms: [{ path: LONE, regex: ".*", mode: "0555" }], deps: LONE, style: "nix2container" },
    "none of the image's store paths can be left out: perms changes them, or they are links",
    "leave out --nix-snapshotter, or perms",
  ],
  [
    { singleLayer: true, deps: HELLO },
    "the image has all in one layer (singleLayer), which nix-snapshotter cannot mount",
    "leave out --nix-snapshotter, or singleLayer",
  ],
] as [Spec, string, string][])(
  "says what in %j it cannot do without",
  async (spec, message, hint) => {
    await expect(omitted(spec)).rejects
      .toMatchObject({ message: expect.stringContaining(message), hint });
  },
);
