/** Broken content is put again by its digest, into registries as well; elsewhere it is refused. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { createArtifact } from "../../src/artifact/create.ts";
import { copy } from "../../src/copy/copy.ts";
import { putArtifact } from "../../src/copy/put-artifact.ts";
import { repairImages } from "../../src/verify/repair.ts";
import { verifyImages } from "../../src/verify/verify.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { outcomes } from "../cli/run.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image, index, sourceOf } from "../support/images.ts";
import { startRegistry } from "../support/registry-server.ts";

it("puts blobs and manifests into a registry again, those below others after them", async () => {
  const registry = await startRegistry();
  const place = `registry:${registry.host}/app:1`;
  const good = `oci-dir:${join(await temporaryFolder(), "good")}:1`;
  const [one, two] = [await image(), await image()];
  const all = index([one, index([two])]);
  const signature = createArtifact({ type: "x/sig", subject: one.manifest.descriptor });
  for (const to of [place, good]) {
    await using sink = await openSink(to);
    await copy(sourceOf({ all }), sink);
    await using again = await openSink(to);
    await putArtifact(signature, again);
  }
  const { manifests, blobs } = registry.repository("app");
  const gone = [one.manifest, one.config, one.layers[0]!, two.layers[0]!, signature.manifest];
  for (const { descriptor: { digest } } of gone) {
    expect(manifests.delete(digest) || blobs.delete(digest)).toBe(true);
  }
  await using source = await openSource(place);
  await using from = await openSource(good);
  const repaired = new Set<string>();
  for (let round = 0; round < 4; round++) {
    const { problems } = await verifyImages(source);
    await using to = await openSink(place);
    for (const digest of await repairImages(problems, from, to)) repaired.add(digest);
  }
  expect((await verifyImages(source)).problems).toEqual([]);
  for (const { descriptor: { digest } } of gone.slice(0, 4)) expect(repaired).toContain(digest);
});

it("is refused where a place is written whole, or tells no blobs by digests", async () => {
  const folder = await temporaryFolder();
  const archive = `oci-archive:${folder}/a.tar`;
  const hello = "oci-dir:examples/hello";
  const [made, other, whole, blind] = await outcomes([
    ["copy", "-q", "--all", hello, archive],
    ["copy", "-q", hello, `docker-archive:${folder}/b.tar`],
    ["verify", archive, "--repair", hello],
    ["verify", hello, "--repair", `docker-archive:${folder}/b.tar`],
  ]);
  expect([made?.status, other?.status]).toEqual([0, 0]);
  expect(whole?.stderr).toContain(`write it anew: nixoci copy --all ${hello} ${archive}`);
  expect(blind?.status).toBe(0); // nothing is broken
  await using from = await openSource(`docker-archive:${folder}/b.tar`);
  await using to = await openSink(`oci-dir:${folder}/c`);
  await expect(repairImages([], from, to)).rejects.toThrow("tell blobs by their digests");
});
