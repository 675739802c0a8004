/** Layouts: what is wrong in them is found and put right, and what nothing needs goes. */
import { cp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createArtifact } from "../../src/artifact/create.ts";
import { copy } from "../../src/copy/copy.ts";
import { putArtifact } from "../../src/copy/put-artifact.ts";
import { contentOf } from "../../src/image/content.ts";
import { fallbackTagOf } from "../../src/image/referrers.ts";
import { repairImages } from "../../src/verify/repair.ts";
import { verifyImages } from "../../src/verify/verify.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { removeGarbage } from "../../transports/oci-dir/garbage.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image, index, layerOf, sourceOf } from "../support/images.ts";
import { createImage } from "../../src/image/documents/assemble.ts";
import { startRegistry } from "../support/registry-server.ts";

const digestsOf = (problems: readonly { problem: string; digest: string }[]) =>
  problems.map(({ problem, digest }) => `${problem} ${digest}`);

/** A layout with an index `all` of two images, one of them `one` as well, and what is attached. */
async function fill(path: string) {
  const [one, two] = [await image(), await image()];
  const all = index([index([one]), two]);
  for (const [name, root] of Object.entries({ all, one })) {
    await using to = await openSink(`oci-dir:${path}:${name}`);
    await copy(sourceOf({ root }), to);
  }
  await using to = await openSink(`oci-dir:${path}`);
  const blobs = [contentOf("text/plain", Buffer.from("signed"))];
  const type = "application/vnd.example.sig";
  const signature = createArtifact({ type, blobs, subject: two.manifest.descriptor });
  await putArtifact(signature, to);
  await using tags = await openSink(`oci-dir:${path}`);
  const old = createArtifact({ type: "application/vnd.example.old" });
  const tag = `${fallbackTagOf(two.manifest.descriptor.digest)}.sig`;
  await copy(sourceOf({ old }), tags, { references: [tag] });
  return { one, two, all, signature, tag };
}

const fileIn = (path: string, digest: string) => join(path, "blobs", digest.replace(":", "/"));

describe("verifying", () => {
  it("finds what is missing and corrupt, and puts it right", async () => {
    const folder = await temporaryFolder();
    const [path, good] = [join(folder, "a"), join(folder, "good")];
    const { one, two, signature } = await fill(path);
    await cp(path, good, { recursive: true });
    await using source = await openSource(`oci-dir:${path}`);
    expect((await verifyImages(source)).problems).toEqual([]);
    const [layer] = one.layers;
    const file = fileIn(path, layer!.descriptor.digest);
    const bytes = await readFile(file);
    bytes[20]! ^= 1; // as long as before
    await writeFile(file, bytes);
    await rm(fileIn(path, two.config.descriptor.digest));
    await rm(fileIn(path, signature.blobs[1]!.descriptor.digest));
    const { problems } = await verifyImages(source);
    expect(digestsOf(problems).sort()).toEqual([
      `corrupt ${layer!.descriptor.digest}`,
      `missing ${two.config.descriptor.digest}`,
    ]);
    await using from = await openSource(`oci-dir:${good}`);
    for (let left = problems; left.length > 0;) {
      await using to = await openSink(`oci-dir:${path}`);
      expect(await repairImages(left, from, to)).not.toEqual([]);
      left = (await verifyImages(source)).problems;
    }
    expect(await readFile(file)).toEqual(await readFile(fileIn(good, layer!.descriptor.digest)));
  });

  it("unpacks layers, and reads what a registry has", async () => {
    const [layer, other] = [await layerOf({ a: "1" }), await layerOf({ a: "2" })];
    const { config } = await image({ layers: [{ a: "2" }] });
    const lying = createImage("oci", config, [{ ...layer, diffId: other.diffId }]);
    const registry = await startRegistry();
    const place = `registry:${registry.host}/a:v1`;
    await using to = await openSink(place, { registry: { tlsVerify: false } });
    await copy(sourceOf({ lying }), to);
    await using from = await openSource(place, { registry: { tlsVerify: false } });
    const { problems } = await verifyImages(from);
    expect(digestsOf(problems)).toEqual([`corrupt ${layer.descriptor.digest}`]);
    expect(problems[0]!.message).toContain("unpacks to");
  });

  it("does not take a failure to reach a place for a problem of the image", async () => {
    const registry = await startRegistry();
    await using from = await openSource(`registry:${registry.host}/a:v1`, {
      registry: { tlsVerify: false },
    });
    await expect(verifyImages(from)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("tidying up", () => {
  it("leaves what images need, at any depth, and what is attached to them", async () => {
    const path = join(await temporaryFolder(), "a");
    const { two, all } = await fill(path);
    const before = await readdir(join(path, "blobs", "sha256"));
    // The list of referrers was written once; nothing else is in vain.
    expect((await removeGarbage(path, { grace: 0 })).blobs).toEqual([]);
    const stray = contentOf("text/plain", Buffer.from("nobody's"));
    const strayFile = fileIn(path, stray.descriptor.digest);
    await writeFile(strayFile, "nobody's");
    expect(await removeGarbage(path)).toMatchObject({ blobs: [], young: 1 });
    await utimes(strayFile, 0, 0);
    const { digest, size } = stray.descriptor;
    const dry = await removeGarbage(path, { dryRun: true });
    expect(dry).toMatchObject({ blobs: [{ digest, size }], names: [] });
    expect(await removeGarbage(path)).toEqual(dry);
    expect(await readdir(join(path, "blobs", "sha256"))).toEqual(before);
    // Without the index, what only it needs goes, with what is attached to that.
    const { names } = await removeGarbage(path, { grace: 0, untag: (name) => name === "all" });
    expect(names).toContain("all");
    expect(names.filter((name) => name.startsWith("sha256-"))).toHaveLength(2);
    const left = await readdir(join(path, "blobs", "sha256"));
    for (const gone of [all, two]) {
      expect(left).not.toContain(gone.manifest.descriptor.digest.slice(7));
    }
    await using source = await openSource(`oci-dir:${path}`);
    expect(await verifyImages(source)).toMatchObject({ problems: [], manifests: 1 });
  });

  it("removes nothing where it cannot know what is needed", async () => {
    const path = join(await temporaryFolder(), "a");
    const { one, two } = await fill(path);
    const file = fileIn(path, two.manifest.descriptor.digest);
    await rm(file);
    await expect(removeGarbage(path, { grace: 0 })).rejects
      .toMatchObject({ code: "INCOMPLETE", hint: expect.stringContaining("--sparse") });
    const { blobs } = await removeGarbage(path, { grace: 0, dryRun: true, sparse: true });
    expect(blobs.map(({ digest }) => digest)).toContain(two.config.descriptor.digest);
    await writeFile(file, "{}");
    await expect(removeGarbage(path, { grace: 0 })).rejects.toMatchObject({ code: "MALFORMED" });
    expect(await readFile(fileIn(path, one.config.descriptor.digest))).toBeTruthy();
  });

  it("leaves a copy whole that relies on what goes meanwhile", async () => {
    const path = join(await temporaryFolder(), "a");
    const one = await image();
    await using first = await openSink(`oci-dir:${path}:one`);
    await copy(sourceOf({ one }), first);
    await removeGarbage(path, { untag: () => true }); // its blobs are young, and stay
    await using to = await openSink(`oci-dir:${path}:again`);
    await copy(sourceOf({ one }), to, {
      steps: [async (root) => {
        await to.has(one.layers[0]!.descriptor);
        await removeGarbage(path, { grace: 0 });
        return root;
      }],
    });
    await using source = await openSource(`oci-dir:${path}:again`);
    expect((await verifyImages(source)).problems).toEqual([]);
  });
});
