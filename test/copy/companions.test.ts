/** What is attached to images goes along with them, whatever the places are. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createArtifact } from "../../src/artifact/create.ts";
import { copy } from "../../src/copy/copy.ts";
import { putArtifact } from "../../src/copy/put-artifact.ts";
import { contentOf } from "../../src/image/content.ts";
import { fallbackTagOf } from "../../src/image/referrers.ts";
import type { Source } from "../../src/image/source.ts";
import { platform } from "../../src/steps/platform.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { readTags } from "../../transports/registry/read/tags.ts";
import { WORLD } from "../../transports/registry/world.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image, index, sourceOf } from "../support/images.ts";
import { startRegistry } from "../support/registry-server.ts";

const plain = { registry: { tlsVerify: false } };

/** Puts an index of one image, a signature of the image, one of that, and cosign's by its tag. */
async function fill(place: string) {
  const one = await image();
  const all = index([one], [{ os: "linux", architecture: "amd64" }]);
  await using to = await openSink(place, plain);
  await copy(sourceOf({ one: all }), to, { references: ["v1"] });
  const type = "application/vnd.example.sig";
  const blobs = [contentOf("text/plain", Buffer.from("signed"))];
  const first = createArtifact({ type, blobs, subject: one.manifest.descriptor });
  const second = createArtifact({ type, subject: first.manifest.descriptor });
  for (const artifact of [first, second]) {
    await using sink = await openSink(place, plain);
    await putArtifact(artifact, sink);
  }
  const old = createArtifact({ type: "application/vnd.example.old", blobs });
  const tag = `${fallbackTagOf(one.manifest.descriptor.digest)}.sig`;
  await using named = await openSink(place, plain);
  await copy(sourceOf({ one: old }), named, { references: [tag] });
  const digests = [first, old, second].map(({ manifest }) => manifest.descriptor.digest);
  return { one, digests, tag };
}

async function listAll(source: Source, subject: string): Promise<string[]> {
  const list = await source.listReferrers?.(subject as `sha256:${string}`) ?? [];
  const below = await Promise.all(list.map(({ descriptor }) => listAll(source, descriptor.digest)));
  return list.flatMap(({ descriptor }, i) => [descriptor.digest, ...below[i]!]);
}

describe("companions", () => {
  it.each([["with", []], ["without", ["referrers"]]] as const)(
    "go from a registry %s the API through an archive and a layout to another",
    async (_, lacks) => {
      const folder = await temporaryFolder();
      const registry = await startRegistry({ without: lacks });
      const { one, digests, tag } = await fill(`registry:${registry.host}/a`);
      const hops = [
        `registry:${registry.host}/a:v1`,
        `oci-archive:${join(folder, "a.tar")}:v1`,
        `oci-dir:${join(folder, "a")}:v1`,
        `registry:${registry.host}/b:v1`,
      ];
      for (const [i, hop] of hops.slice(1).entries()) {
        await using from = await openSource(hops[i]!, plain);
        await using to = await openSink(hop, plain);
        const { companions } = await copy(from, to, { referrers: true, digestTags: true });
        expect(companions?.map(({ descriptor }) => descriptor.digest)).toEqual(digests);
        expect(companions?.[1]?.references).toEqual([tag]);
        await using there = await openSource(hop, plain);
        const { digest } = one.manifest.descriptor;
        expect(await listAll(there, digest)).toEqual([digests[0], digests[2]]);
        expect(await there.listDigestTags?.(digest)).toMatchObject([{ name: tag }]);
      }
      // what is there already is not put again, and what was attached since is
      await using from = await openSource(hops[0]!, plain);
      await using to = await openSink(hops[3]!, plain);
      const again = await copy(from, to, { referrers: true });
      expect(again.blobs.moved).toBe(0);
      expect(again.companions).toHaveLength(2);
    },
  );

  it("of a fallback tag that is the subject itself are none", async () => {
    const registry = await startRegistry({ without: ["referrers"] });
    const place = `registry:${registry.host}/a`;
    const all = index([await image()]);
    await using to = await openSink(`${place}:v1`, plain);
    await copy(sourceOf({ one: all }), to);
    const { digest } = all.manifest.descriptor;
    await using aliased = await openSink(place, plain);
    await copy(sourceOf({ one: all }), aliased, { references: [fallbackTagOf(digest)] });
    await using from = await openSource(`${place}:v1`, plain);
    expect(await from.listReferrers?.(digest)).toEqual([]);
  });

  it("survive writers that attach at the same time", async () => {
    const registry = await startRegistry({ without: ["referrers"] });
    const place = `registry:${registry.host}/a:v1`;
    const one = await image();
    await using to = await openSink(place, plain);
    await copy(sourceOf({ one: one }), to);
    const subject = one.manifest.descriptor;
    await Promise.all(Array.from({ length: 8 }, async (_, i) => {
      await using sink = await openSink(place, plain);
      await putArtifact(createArtifact({ type: `application/vnd.n${i}`, subject }), sink);
    }));
    await using from = await openSource(place, plain);
    expect(await from.listReferrers?.(subject.digest)).toHaveLength(8);
    const tags = await readTags({ host: registry.host, repository: "a" }, plain, WORLD);
    expect(tags).toEqual([fallbackTagOf(subject.digest), "v1"].sort());
  });

  it("are refused where they cannot be, and said to stay where an image changes", async () => {
    const folder = await temporaryFolder();
    await using from = await openSource("oci-dir:examples/hello");
    await using archive = await openSink(`docker-archive:${join(folder, "a.tar")}`);
    await expect(copy(from, archive, { referrers: true })).rejects
      .toMatchObject({ code: "UNSUPPORTED", hint: expect.stringContaining("oci-dir:") });
    const codes: string[] = [];
    await using to = await openSink(`oci-dir:${join(folder, "a")}`);
    await copy(sourceOf({ one: await image() }), to, {
      referrers: true,
      steps: [() => image()],
      onEvent: (event) => void (event.type === "notice" && codes.push(event.code)),
    });
    expect(codes).toContain("LEFT_BEHIND");
  });

  it("are said to stay where they are an index's, and one image of it is taken", async () => {
    const registry = await startRegistry();
    await fill(`registry:${registry.host}/a`);
    const [place, folder] = [`registry:${registry.host}/a:v1`, await temporaryFolder()];
    const take = async (name: string) => {
      const notices: string[] = [];
      await using from = await openSource(place, plain);
      await using to = await openSink(`oci-dir:${join(folder, name)}`);
      const { companions } = await copy(from, to, {
        referrers: true,
        steps: [platform([{ os: "linux", architecture: "amd64" }])],
        onEvent: (event) => void (event.type === "notice" && notices.push(event.message)),
      });
      return { notices, companions };
    };
    expect(await take("none")).toMatchObject({ notices: [], companions: [{}, {}] });
    {
      await using from = await openSource(place, plain);
      const { manifest: { descriptor: subject } } = await from.resolve();
      await using sink = await openSink(place, plain);
      await putArtifact(createArtifact({ type: "application/vnd.example.sbom", subject }), sink);
    }
    const { notices, companions } = await take("some");
    expect(companions).toHaveLength(2);
    expect(notices).toEqual([
      expect.stringMatching(
        /^what is attached to the index sha256:\w+ \(1\) is not copied .*--all/,
      ),
    ]);
  });
});
