/** `nixoci referrers` finds things of a type whatever they refer to. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { createArtifact } from "../../../src/artifact/create.ts";
import { putArtifact } from "../../../src/copy/put-artifact.ts";
import { copy } from "../../../src/copy/copy.ts";
import { openSink } from "../../../transports/mod.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { image, index, sourceOf } from "../../support/images.ts";
import { outcomes } from "../run.ts";

it("filters by type at every level", async () => {
  const place = `oci-dir:${join(await temporaryFolder(), "layout")}:app`;
  const one = await image();
  const { descriptor: subject } = one.manifest;
  const [sbom, other] = ["x/sbom", "x/other"].map((type) => createArtifact({ type, subject }));
  const signature = createArtifact({ type: "x/sig", subject: sbom!.manifest.descriptor });
  const proof = createArtifact({ type: "x/sig", subject: signature.manifest.descriptor });
  await using to = await openSink(place);
  await copy(sourceOf({ app: index([one]) }), to);
  for (const artifact of [sbom!, other!, signature, proof]) {
    await using sink = await openSink(place);
    await putArtifact(artifact, sink);
  }
  const filter = ["referrers", "--artifact-type", "x/sig", place];
  const [json, lines, none] = await outcomes([
    [...filter, "--json"],
    filter,
    ["referrers", "--artifact-type", "x/none", place],
  ]);
  const found = JSON.parse(json!.stdout).referrers as { descriptor: { digest: string } }[];
  const wanted = [signature, proof].map(({ manifest }) => manifest.descriptor.digest);
  expect(found.map(({ descriptor }) => descriptor.digest)).toEqual(wanted);
  const [, below, first, second] = lines!.stdout.split("\n");
  expect(below).toBe(`${sbom!.manifest.descriptor.digest} (below it)`);
  expect(first).toContain(`└── x/sig  ${wanted[0]}`);
  expect(second).toContain(`    └── x/sig  ${wanted[1]}`);
  expect(none!.stdout).toMatch(/nothing refers to it/);
});
