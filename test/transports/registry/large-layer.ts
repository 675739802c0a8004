/** A registry that has one image of one large layer. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { digestOf } from "../../../src/bytes/digest.ts";
import { type Content, contentOf } from "../../../src/image/content.ts";
import { writeContentFile } from "../../../src/image/disk/content-file.ts";
import { createImage } from "../../../src/image/documents/assemble.ts";
import { MEDIA_TYPES } from "../../../src/image/media-types.ts";
import type { World } from "../../../transports/registry/world.ts";
import { temporaryFolder } from "../../support/folder.ts";
import {
  type Fault,
  type LoggedRequest,
  type RegistryServerOptions,
  startRegistry,
} from "../../support/registry-server.ts";
import { asImage, openSource, seedImage, testWorld } from "./setup.ts";

/** What a test changes. */
export interface LargeLayerSetting {
  readonly world?: Partial<World>;
  readonly registry?: RegistryServerOptions;
  readonly options?: Parameters<typeof openSource>[1];
  /** Spoils the `n`th request for the layer, from 0. */
  readonly fault?: (n: number, request: LoggedRequest) => Fault | undefined;
}

/** The layer, as it is found in the registry. */
export type LargeLayer = Awaited<ReturnType<typeof serveLargeLayer>>;

/** Serves a layer of these bytes, and finds it. */
export async function serveLargeLayer(
  bytes: Buffer,
  { world, registry: how, options = {}, fault }: LargeLayerSetting,
) {
  const registry = await startRegistry(how);
  const tar = contentOf("application/vnd.oci.image.layer.v1.tar", bytes);
  const diffId = digestOf(bytes);
  const text = JSON.stringify({ rootfs: { type: "layers", diff_ids: [diffId] } });
  const config = contentOf(MEDIA_TYPES.oci.config, Buffer.from(text));
  await seedImage(registry, "app", "v1", createImage("oci", config, [{ ...tar, diffId }]));
  const source = await openSource(`${registry.host}/app:v1`, options, await testWorld(world));
  onTestFinished(async () => await source[Symbol.asyncDispose]());
  const { layers } = asImage(await source.resolve());
  const path = `/v2/app/blobs/${tar.descriptor.digest}`;
  let n = 0;
  registry.onRequest = (request) => request.path === path ? fault?.(n++, request) : undefined;
  const folder = await temporaryFolder();
  const asked = () => registry.log.filter((one) => one.path === path);
  return {
    bytes,
    source,
    layer: layers[0]! as Content,
    file: join(folder, "layer"),
    folder,
    asked,
    ranges: () => asked().map(({ headers }) => headers.range),
  };
}

/** Writes the layer to a file, and expects it to be there, whole, with nothing beside it. */
export async function expectWhole({ bytes, layer, file, folder }: LargeLayer): Promise<void> {
  await writeContentFile(layer, file);
  expect((await readFile(file)).equals(bytes)).toBe(true);
  expect(await readdir(folder)).toEqual(["layer"]);
}

/** Gives ranges of the layer, as they are asked for, of which one byte is another. */
export function spoilByte(bytes: Buffer, position: number): LargeLayerSetting["fault"] {
  const spoilt = Buffer.from(bytes);
  spoilt[position] = spoilt[position]! ^ 1;
  return (n, { headers: { range } }) => {
    if (n === 0) return undefined;
    const [from = 0, last = 0] = /(\d+)-(\d+)/.exec(range!)!.slice(1).map(Number);
    const headers = {
      etag: `"${digestOf(bytes)}"`,
      "content-range": `bytes ${from}-${last}/${bytes.length}`,
    };
    return { answer: { status: 206, headers, body: spoilt.subarray(from, last + 1) } };
  };
}
