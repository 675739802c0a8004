/** Names and images are taken out of a layout, and the lists of what refers to what follow. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { createArtifact } from "../../src/artifact/create.ts";
import { copy } from "../../src/copy/copy.ts";
import { putArtifact } from "../../src/copy/put-artifact.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image, index, sourceOf } from "../support/images.ts";

/** A layout with an index, one of its images by a name of its own, and two artifacts attached to that. */
async function createLayout() {
  const place = `oci-dir:${join(await temporaryFolder(), "layout")}`;
  const one = await image();
  const subject = one.manifest.descriptor;
  await using to = await openSink(place);
  await copy(sourceOf({ root: one }), to, { references: ["one", "same"] });
  const attached = ["a", "b"].map((name) =>
    createArtifact({ type: `application/vnd.${name}`, subject })
  );
  for (const artifact of attached) await putArtifact(artifact, to);
  const digests = attached.map(({ manifest }) => manifest.descriptor.digest);
  return { place, one, subject, attached: digests };
}

it("an image that something is attached to is no part of that", async () => {
  const { place, subject } = await createLayout();
  await using to = await openSink(place);
  expect(await to.listHolders!(subject.digest)).toEqual([
    { name: "one", isInside: false },
    { name: "same", isInside: false },
  ]);
  await to.removeManifest!(subject.digest);
  await using from = await openSource(place);
  expect(await from.list!()).toEqual([]);
  await expect(to.removeManifest!(subject.digest)).rejects.toMatchObject({ code: "NOT_FOUND" });
});

it("what is attached leaves the list of its subject", async () => {
  const { place, subject, attached: [first, second] } = await createLayout();
  await using to = await openSink(place);
  expect(await to.listHolders!(first!)).toEqual([]);
  await to.removeManifest!(first!);
  await using from = await openSource(`${place}:one`);
  const left = await from.listReferrers!(subject.digest);
  expect(left.map(({ descriptor }) => descriptor.digest)).toEqual([second]);
});

it("an image in an index is a part of it", async () => {
  const { place, one, subject } = await createLayout();
  await using to = await openSink(place);
  await copy(sourceOf({ root: index([one]) }), to, { references: ["all"] });
  await to.removeName!("same");
  expect(await to.listHolders!(subject.digest)).toEqual([
    { name: "one", isInside: false },
    { name: "all", isInside: true },
  ]);
  await expect(to.removeName!("same")).rejects.toMatchObject({ code: "NOT_FOUND" });
});
