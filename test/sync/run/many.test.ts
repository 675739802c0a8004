/** Hundreds of images: what they share moves once, and what fails stops nothing else. */
import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { NixociError } from "../../../src/base/errors.ts";
import { digestOf } from "../../../src/bytes/digest.ts";
import { readSyncConfig } from "../../../src/sync/config/read.ts";
import type { SyncMeans } from "../../../src/sync/means.ts";
import { syncImages } from "../../../src/sync/run/mod.ts";
import { openSink, openSource, parsePlace } from "../../../transports/mod.ts";
import { listRepositories, listTags } from "../../../transports/registry/mod.ts";
import {
  type RegistryServer,
  seedBlob,
  seedManifest,
  startRegistry,
} from "../../support/registry-server.ts";

const means: SyncMeans = { parsePlace, openSource, openSink, listTags, listRepositories };
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

/** Puts an image of these layers there, as if it had been pushed; what it is made of. */
function seedImage(
  { repository }: RegistryServer,
  name: string,
  tag: string,
  layers: readonly Buffer[],
): Map<string, number> {
  const own = repository(name);
  const describe = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    digest: seedBlob(own, bytes),
    size: bytes.length,
  });
  const config = describe(
    CONFIG,
    Buffer.from(JSON.stringify({
      architecture: "amd64",
      os: "linux",
      config: { Labels: { name, tag } },
      rootfs: { type: "layers", diff_ids: layers.map((layer) => digestOf(layer)) },
    })),
  );
  const parts = [config, ...layers.map((layer) => describe(LAYER, layer))];
  const [, ...rest] = parts;
  const manifest = { schemaVersion: 2, mediaType: MANIFEST, config, layers: rest };
  seedManifest(own, MANIFEST, Buffer.from(JSON.stringify(manifest)), tag);
  return new Map(parts.map(({ digest, size }) => [digest, size]));
}

/** The digests of blobs that were asked for with GET, as often as they were. */
const fetched = ({ log }: RegistryServer) =>
  log.flatMap(({ method, path }) =>
    method === "GET" ? /\/blobs\/(sha256:\w+)/.exec(path)?.[1] ?? [] : []
  );

it("moves each blob of 200 images once", async () => {
  const [from, to] = [await startRegistry(), await startRegistry()];
  const layer = () => randomBytes(8192);
  const everywhere = Array.from({ length: 4 }, layer);
  const unique = new Map<string, number>();
  const rules = [];
  for (let at = 0; at < 20; at++) {
    const name = `team${at % 3}/app${at}`;
    const shared = [...everywhere, ...Array.from({ length: 4 }, layer)];
    for (let tag = 0; tag < 10; tag++) {
      const parts = seedImage(from, name, `v${tag}`, [...shared, layer(), layer()]);
      for (const [digest, size] of parts) unique.set(digest, size);
    }
    rules.push({
      source: `registry:${from.host}/${name}`,
      destination: `registry:${to.host}/mirror/${name}`,
    });
  }
  const config = await readSyncConfig(JSON.stringify({ sync: rules }));
  const { totals } = await syncImages(config, means, { parallel: 8 });
  expect(totals).toMatchObject({ copied: 200, failed: 0 });
  const missing = [...unique.values()].reduce((sum, size) => sum + size, 0);
  expect(totals.bytes).toBe(missing);
  expect(fetched(from).sort()).toEqual([...unique.keys()].sort());
  // The other 19 repositories get what all of them share from the first.
  expect(totals.mounted).toBe(19 * everywhere.length);
  from.log.length = to.log.length = 0;
  expect((await syncImages(config, means)).totals).toMatchObject({ unchanged: 200, bytes: 0 });
  expect(from.log.length + to.log.length).toBeLessThanOrEqual(2 * 200 + 2 * rules.length);
}, 120_000);

it("brings what it can of 500 images, though registries fail", async () => {
  const [good, shut, to] = [await startRegistry(), await startRegistry(), await startRegistry()];
  const layers = [randomBytes(2048)];
  for (let at = 0; at < 200; at++) seedImage(good, `app${at % 10}`, `v${at}`, layers);
  shut.onRequest = () => ({ status: 403 });
  // One answers 404 for what it does not have, one not at all, and one refuses everybody.
  const hosts = [good.host, good.host, shut.host, "dead.example", "dead.example"];
  const sync = Array.from({ length: 500 }, (_, at) => {
    const host = hosts[Math.floor(at / 100)]!;
    const name = `app${at % 10}:v${at === 7 ? "none" : at}`;
    return { source: `registry:${host}/${name}`, destination: `registry:${to.host}/${name}` };
  });
  let asked = 0;
  const dead: SyncMeans = {
    ...means,
    openSource(place, options) {
      if (place.image?.host !== "dead.example") return openSource(place, options);
      asked++;
      return Promise.reject(new NixociError("NETWORK", "it is not there"));
    },
  };
  const config = await readSyncConfig(JSON.stringify({ sync }));
  const parallel = 8;
  const first = await syncImages(config, dead, { parallel });
  expect(first.totals).toMatchObject({ copied: 199, failed: 301 });
  expect(first.images).toHaveLength(500);
  const codes = Object.entries(Object.groupBy(
    first.images.flatMap(({ error }) => error ?? []),
    ({ code }) => code,
  )).map(([code, list]) => [code, list!.length]);
  expect(Object.fromEntries(codes)).toEqual({ NOT_FOUND: 1, AUTH: 100, NETWORK: 200 });
  expect(asked).toBeLessThan(3 + parallel);
  shut.onRequest = undefined;
  for (let at = 200; at < 300; at++) seedImage(shut, `app${at % 10}`, `v${at}`, layers);
  const second = await syncImages(config, dead, { parallel });
  expect(second.totals).toMatchObject({ copied: 100, unchanged: 199, failed: 201 });
}, 120_000);
