/** A build reads each layer of its base once, whatever its fields ask of it. */
import { expect, it } from "vitest";
import { useResources } from "../../../src/base/dispose.ts";
import { build } from "../../../src/compose/build.ts";
import { checkSpec } from "../../../src/compose/spec/read.ts";
import { keepBaseLayers } from "../../../src/compose/base/keep-base.ts";
import type { Spec } from "../../../src/compose/spec/spec.ts";
import { contentOf } from "../../../src/image/content.ts";
import { digestOf } from "../../../src/bytes/digest.ts";
import { collectStream, streamBytes } from "../../../src/bytes/stream.ts";
import { createImage } from "../../../src/image/documents/assemble.ts";
import { encodeJson } from "../../../src/image/json.ts";
import { MEDIA_TYPES } from "../../../src/image/media-types.ts";
import type { Layer } from "../../../src/image/root.ts";
import type { ScratchFile } from "../../../src/image/disk/scratch.ts";
import { POSIX_PROGRAMS, S6_PROGRAMS } from "../../../src/services/init/tools.ts";
import { writeTar } from "../../../src/tar/write.ts";
import { temporaryFolder } from "../../support/folder.ts";

const TEXTS = {
  "etc/passwd": "root:x:0:0::/:/bin/sh\n",
  "etc/group": "root:x:0:\n",
  "bin/sh": "\x7fELF",
};

/** A layer that counts how often it is opened. */
async function makeLayer(texts: Readonly<Record<string, string>>, opened: string[], name: string) {
  const members = Object.entries(texts).map(([path, text]) => ({
    fields: { path, size: text.length, mode: 0o755 },
    data: streamBytes(Buffer.from(text, "latin1")),
  }));
  const tar = await collectStream(writeTar(members), 1 << 20, "a layer");
  const blob = contentOf("application/vnd.oci.image.layer.v1.tar", tar);
  return {
    ...blob,
    diffId: digestOf(tar),
    open(options) {
      opened.push(name);
      return blob.open(options);
    },
  } satisfies Layer;
}

async function makeBase(opened: string[]) {
  const programs = [...POSIX_PROGRAMS, ...S6_PROGRAMS].map((
    name,
  ) => [`usr/bin/${name}`, "\x7fELF"]);
  const layers = [
    await makeLayer(TEXTS, opened, "lower"),
    await makeLayer(Object.fromEntries(programs), opened, "upper"),
  ];
  const config = contentOf(
    MEDIA_TYPES.oci.config,
    encodeJson({
      architecture: "amd64",
      os: "linux",
      rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    }),
  );
  return { image: createImage("oci", config, layers), reference: "docker://example.org/base" };
}

async function built(fields: Spec, isGiven = false) {
  const opened: string[] = [];
  const spec = await checkSpec(fields, "app.json");
  const base = await makeBase(opened);
  const source = {
    resolve: () => Promise.resolve(base.image),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const result = await build({ ...spec, fromImage: base.reference }, {
    ...(isGiven ? { base } : {
      openBase: () => Promise.resolve({ source, reference: base.reference }),
    }),
    folder: await temporaryFolder(),
  });
  const { layers } = result.image;
  const readAll = async () => {
    for (const layer of layers) await collectStream(layer.open(), 1 << 20, "a layer");
  };
  return { opened, layers, readAll, [Symbol.asyncDispose]: () => result[Symbol.asyncDispose]() };
}

const CURIOUS: Spec = {
  users: { app: { isSystemUser: true, group: "app" } },
  groups: { app: {} },
  etc: { "app.conf": { text: "hello\n" } },
  initializeNixDatabase: true,
  services: { app: { execStart: "sleep 1", user: "app" } },
};

it("opens each layer of the base once, for the build and for what copies it then", async () => {
  await useResources(async (hold) => {
    const { opened, layers, readAll } = hold(await built(CURIOUS));
    expect(layers.length).toBeGreaterThan(2);
    expect(opened.toSorted()).toEqual(["lower", "upper"]);
    await readAll();
    expect(opened.toSorted()).toEqual(["lower", "upper"]);
  });
});

it("opens each layer of a base that the caller opened once, and leaves no file open", async () => {
  const { opened, readAll } = await built(CURIOUS, true);
  expect(opened.toSorted()).toEqual(["lower", "upper"]);
  await readAll();
  expect(opened.toSorted()).toEqual(["lower", "lower", "upper", "upper"]);
});

it("lets layers that no field asks for come from their source when they are copied", async () => {
  await useResources(async (hold) => {
    const { opened, readAll } = hold(await built({ config: { Cmd: ["/bin/sh"] } }));
    expect(opened).toEqual([]);
    await readAll();
    await readAll();
    expect(opened.toSorted()).toEqual(["lower", "lower", "upper", "upper"]);
  });
});

it("asks for a layer again where there is no room to keep it", async () => {
  const opened: string[] = [];
  const full = Promise.reject(new Error("no room"));
  full.catch(() => {});
  const fails = { write: () => full, [Symbol.asyncDispose]: () => Promise.resolve() };
  for (const file of [() => full, () => Promise.resolve(fails as unknown as ScratchFile)]) {
    const scratch = { file, [Symbol.asyncDispose]: () => Promise.resolve() };
    const [layer] = keepBaseLayers(await makeBase(opened), scratch).base.image.layers;
    const tar = await collectStream(layer!.open(), 1 << 20, "a layer");
    expect(digestOf(tar)).toBe(layer!.diffId);
  }
  expect(opened).toEqual(["lower", "lower", "lower"]);
});
