/**
 * Layers of any size move within 128 MiB of memory. `HAZARDS_GIB=6 npx vitest run test/hazards/memory`
 * has larger ones, which are zeros that the disk does not hold; what arrives, it does.
 */
import { createHash } from "node:crypto";
import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type Digest, digestOf } from "../../src/bytes/digest.ts";
import { encodeJson } from "../../src/image/json.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import { createLayoutStorage, serveRegistry } from "../../src/serve/mod.ts";
import { openLayoutRepository } from "../../transports/oci-dir/repository/mod.ts";
import { temporaryFolder } from "../support/folder.ts";
import { END, rawHeader } from "../tar/support/raw.ts";
import { FULL } from "./support/cases.ts";
import { measure } from "./support/meter.ts";

const MIB = 1024 * 1024;
const SIZE = Number(process.env["HAZARDS_GIB"] ?? (FULL ? 1 : 0.25)) * 1024 * MIB;
/** In milliseconds. */
const TIMEOUT = 3600_000;

const TO = {
  "oci-dir": (folder: string) => `oci-dir:${folder}/layout`,
  "docker-archive": (folder: string) => `docker-archive:${folder}/image.tar`,
};

let home: string;
beforeEach(async () => {
  home = await temporaryFolder();
  await writeLayout(join(home, "app"));
});

describe.skipIf(process.platform !== "linux")("a large layer from a registry to", () => {
  it.each(Object.keys(TO) as (keyof typeof TO)[])("%s", { timeout: TIMEOUT }, async (to) => {
    const storage = createLayoutStorage({ open: (name) => openLayoutRepository(join(home, name)) });
    const registry = await serveRegistry(storage);
    onTestFinished(() => registry.stop({ grace: 0 }));
    const source = `registry:${registry.host}/app`;
    const { outcome, peak, time } = await measure(["copy", source, TO[to](home)], home);
    expect(outcome).toMatchObject({ status: 0, stderr: "" });
    console.log(`${SIZE / MIB} MiB to ${to}: ${peak.toFixed(0)} MiB, ${time.toFixed(1)} s`);
    expect(peak).toBeLessThan(128);
  });
});

/** Writes a layout of one image, whose only layer has a file of zeros. */
async function writeLayout(folder: string): Promise<void> {
  await mkdir(join(folder, "blobs/sha256"), { recursive: true });
  await writeFile(join(folder, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  const head = rawHeader({ name: "zeros", size: SIZE });
  const hash = createHash("sha256").update(head);
  for (let at = 0; at < SIZE; at += MIB) hash.update(Buffer.alloc(MIB));
  const digest: Digest = `sha256:${hash.update(END).digest("hex")}`;
  const size = head.length + SIZE + END.length;
  const file = await open(pathOf(folder, digest), "w");
  await file.write(head);
  await file.truncate(size);
  await file.close();
  const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size };
  const rootfs = { type: "layers", diff_ids: [digest] };
  const config = await writeBlob(folder, MEDIA_TYPES.oci.config, {
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs,
  });
  const manifest = await writeBlob(folder, MEDIA_TYPES.oci.manifest, {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.oci.manifest,
    config,
    layers: [layer],
  });
  const annotations = { "org.opencontainers.image.ref.name": "latest" };
  await writeFile(
    join(folder, "index.json"),
    encodeJson({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
}

const pathOf = (folder: string, digest: Digest) =>
  join(folder, "blobs/sha256", digest.slice("sha256:".length));

async function writeBlob(folder: string, mediaType: string, json: object) {
  const bytes = encodeJson(json);
  const digest = digestOf(bytes);
  await writeFile(pathOf(folder, digest), bytes);
  return { mediaType, digest, size: bytes.length };
}
