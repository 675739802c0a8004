/** `nixoci sbom`, and `build --sbom --provenance`: documents about an image, attached to it. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../support/folder.ts";
import { outcomes } from "../run.ts";

const APP = `/nix/store/${"a".repeat(32)}-app-1.0`;

it("documents are written, or attached where something can be", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "root", APP), { recursive: true });
  await writeFile(join(folder, "root", APP, "app"), "#!/bin/sh\n");
  const closure = join(folder, "closure.json");
  await writeFile(closure, JSON.stringify([{ path: APP, narSize: 200, references: [] }]));
  const spec = join(folder, "spec.json");
  await writeFile(
    spec,
    JSON.stringify({ store: "root", closure, config: { Cmd: [`${APP}/app`] } }),
  );
  const image = `oci-dir:${join(folder, "images")}:app`;
  const build = ["build", "--sbom", "spdx", "--provenance"];
  const [built, refused, listed, written, attached, again] = await outcomes([
    [...build, "--quiet", spec, image],
    [...build, spec, `docker-archive:${join(folder, "app.tar")}`],
    ["referrers", "--json", image],
    ["sbom", "--closure", closure, image],
    ["sbom", "--json", "--attach", "--format", "spdx", "--closure", closure, image],
    ["referrers", "--json", image],
  ]);
  expect(built).toMatchObject({ status: 0 });
  expect(refused!.status).toBe(2);
  expect(refused!.stderr).toContain("only registries and layouts can");
  const typesOf = (text: string): string[] =>
    JSON.parse(text).referrers.map((one: { descriptor: { artifactType: string } }) =>
      one.descriptor.artifactType
    ).sort();
  expect(typesOf(listed!.stdout)).toEqual([
    "application/spdx+json",
    "application/vnd.in-toto+json",
  ]);
  const { components } = JSON.parse(written!.stdout);
  expect(components.map(({ name }: { name: string }) => name)).toEqual(["app"]);
  expect(written!.stderr).toBe("");
  expect(JSON.parse(attached!.stdout)).toMatchObject({ packages: 1 });
  // The same document is the same artifact.
  expect(typesOf(again!.stdout)).toEqual(typesOf(listed!.stdout));
});

it("a provenance says which base it was, by digest", async () => {
  const folder = await temporaryFolder();
  const spec = join(folder, "spec.json");
  const fromImage = `oci-dir:${process.cwd()}/examples/hello`;
  await writeFile(spec, JSON.stringify({ fromImage, architecture: "amd64" }));
  const layout = join(folder, "images");
  const image = `oci-dir:${layout}:app`;
  const [built, listed, digest] = await outcomes([
    ["build", "--provenance", "--quiet", spec, image],
    ["referrers", "--json", image],
    ["digest", "--platform", "linux/amd64", "oci-dir:examples/hello"],
  ]);
  expect(built).toMatchObject({ status: 0 });
  const blob = (digest: string) => readFile(join(layout, "blobs", ...digest.split(":")), "utf8");
  const [{ descriptor }] = JSON.parse(listed!.stdout).referrers;
  const { layers } = JSON.parse(await blob(descriptor.digest));
  const { predicate } = JSON.parse(await blob(layers[0].digest));
  const [{ uri, digest: base }] = predicate.buildDefinition.resolvedDependencies;
  expect(`sha256:${base.sha256}`).toBe(digest!.stdout.trim());
  expect(uri).toContain("examples/hello");
});
