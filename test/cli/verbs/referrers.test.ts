/** `nixoci referrers` finds things of a type whatever they refer to. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createArtifact } from "../../../src/artifact/create.ts";
import { putArtifact } from "../../../src/copy/put-artifact.ts";
import { copy } from "../../../src/copy/copy.ts";
import { openSink } from "../../../transports/mod.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { image, index, sourceOf } from "../../support/images.ts";
import { startRegistry } from "../../support/registry-server.ts";
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

it("finds what was attached to a tag, to a digest and to both", async () => {
  const { host } = await startRegistry({ without: ["referrers"] });
  const place = `registry:${host}/app`;
  const note = join(await temporaryFolder(), "note.txt");
  await writeFile(note, "a note");
  const app = await image();
  const { digest } = app.manifest.descriptor;
  await using to = await openSink(`${place}:1`);
  await copy(sourceOf({ app }), to);
  const names = [`${place}:1`, `${place}@${digest}`, `${place}:1@${digest}`];
  const attach = (name: string, at: number) => ["attach", "-q", "--type", `x/${at}`, name, note];
  const all = await outcomes([
    ...names.map(attach),
    ["referrers", "--json", `${place}:1`],
    ["attach", "--type", "x/no", `${place}:2`, note],
  ]);
  expect(all.slice(0, 3).map(({ status, stderr }) => [status, stderr])).toEqual(
    names.map(() => [0, ""]),
  );
  const found = JSON.parse(all[3]!.stdout).referrers as { descriptor: { artifactType: string } }[];
  expect(found.map(({ descriptor }) => descriptor.artifactType)).toEqual(["x/0", "x/1", "x/2"]);
  expect(all[4]!.stderr).toMatch(/answers 404/);
});
