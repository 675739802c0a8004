/** An export of an image of many small files, which is made once: to see what a million of them need. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  copy,
  createImage,
  type Digest,
  type Layer,
  MEDIA_TYPES,
  openSink,
  tar,
} from "../src/mod.ts";
import { createHasher } from "../src/bytes/digest.ts";
import { compressStream } from "../src/bytes/compression.ts";
import { openFile } from "../src/bytes/disk/file.ts";
import { content, contentOf } from "../src/image/content.ts";
import { measure, type Measurement } from "./measure.ts";
import { NODE } from "./tools.ts";

const LAYERS = 20;

/** An image of files that is made once, and where. */
interface ManyFiles {
  readonly files: number;
  readonly home: string;
}

/** Names as packages have them: long ones, many in a directory, a tenth of them hidden later. */
function* members({ files }: ManyFiles, layer: number) {
  const share = Math.floor(files / LAYERS);
  for (let i = 0; i < share; i++) {
    const again = layer > 0 && i % 10 === 0;
    const owner = again ? layer - 1 : layer;
    const folder = `usr/lib/node_modules/package-${owner}/${Math.floor(i / 100)}`;
    const bytes = Buffer.from(`${layer} ${i}\n`);
    yield {
      fields: { path: `${folder}/some-module-${i}.js`, mode: 0o644, size: bytes.length },
      data: (async function* () {
        yield bytes;
      })(),
    };
  }
}

async function layerOf(image: ManyFiles, number: number): Promise<Layer> {
  const path = join(image.home, `layer-${number}`);
  const [plain, packed] = [createHasher(), createHasher()];
  async function* hashed() {
    for await (const chunk of tar.writeTar(members(image, number))) {
      plain.update(chunk);
      yield chunk;
    }
  }
  const file = createWriteStream(path);
  let size = 0;
  for await (const chunk of compressStream(hashed(), { kind: "gzip", level: 1 })) {
    packed.update(chunk);
    size += chunk.length;
    if (!file.write(Uint8Array.from(chunk))) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
  const mediaType = "application/vnd.oci.image.layer.v1.tar+gzip";
  const descriptor = { mediaType, digest: packed.digest() as Digest, size };
  return {
    ...content(descriptor, async function* () {
      const open = await openFile(path);
      yield* open.read();
      await open[Symbol.asyncDispose]();
    }),
    diffId: plain.digest(),
  };
}

async function makeImage(many: ManyFiles): Promise<void> {
  const { home } = many;
  await mkdir(home, { recursive: true });
  const all: Layer[] = [];
  for (let number = 0; number < LAYERS; number++) all.push(await layerOf(many, number));
  const config = { architecture: "amd64", os: "linux", config: {} };
  const rootfs = { type: "layers", diff_ids: all.map(({ diffId }) => diffId) };
  const bytes = Buffer.from(JSON.stringify({ ...config, rootfs }));
  const image = createImage("oci", contentOf(MEDIA_TYPES.oci.config, bytes), all);
  const sink = await openSink(`oci-dir:${join(home, "making")}:bench`);
  await copy(
    { resolve: () => Promise.resolve(image), async [Symbol.asyncDispose]() {} },
    sink,
  );
  await sink[Symbol.asyncDispose]();
  for (let number = 0; number < LAYERS; number++) await rm(join(home, `layer-${number}`));
  await rename(join(home, "making"), join(home, "layout"));
}

/** Exports an image of so many files, which is made before the first time. */
export async function measureFiles(files: number): Promise<Measurement> {
  const home = join(tmpdir(), "nixoci-bench-images", `v1-million-${files}-${LAYERS}`);
  if (await stat(join(home, "layout")).catch(() => undefined) === undefined) {
    console.error(`making an image of ${files} files; this is done once`);
    await rm(home, { recursive: true, force: true });
    await makeImage({ files, home });
    await writeFile(join(home, "README"), "made by bench/many-files.ts\n");
  }
  const output = join(home, "out.tar");
  try {
    const from = `oci-dir:${join(home, "layout")}:bench`;
    return await measure([...NODE, "export", from, "-o", output], process.env);
  } finally {
    await rm(output, { force: true });
  }
}
