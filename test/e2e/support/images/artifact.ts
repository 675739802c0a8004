/** An OCI artifact that is not an image, in a layout written by hand: peers of this age make none. */
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Writes the layout; the artifact is named `artifact`. Returns the digest of its manifest. */
export async function writeArtifact(layout: string): Promise<string> {
  await mkdir(join(layout, "blobs/sha256"), { recursive: true });
  const put = async (mediaType: string, bytes: string) => {
    const hex = createHash("sha256").update(bytes).digest("hex");
    await writeFile(join(layout, "blobs/sha256", hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(bytes) };
  };
  const manifest = await put(
    "application/vnd.oci.image.manifest.v1+json",
    JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      artifactType: "application/vnd.example.recipe",
      config: await put("application/vnd.oci.empty.v1+json", "{}"),
      layers: [await put("text/plain", "flour, water, salt\n")],
      annotations: { "org.example.kind": "bread" },
    }),
  );
  const named = { ...manifest, annotations: { "org.opencontainers.image.ref.name": "artifact" } };
  await writeFile(
    join(layout, "index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [named] }),
  );
  await writeFile(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  return manifest.digest;
}
