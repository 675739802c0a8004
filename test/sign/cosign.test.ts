/** What cosign has signed is good, and its keys are read: golden bytes, see test/golden/cosign. */
import { createPublicKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parsePrivateKey } from "../../src/sign/keys/private-key.ts";
import { parsePublicKey } from "../../src/sign/keys/public-key.ts";
import { signManifest } from "../../src/sign/sign.ts";
import { verifySignatures } from "../../src/sign/verify.ts";
import { loadTree } from "../../src/image/tree.ts";
import { openSource } from "../../transports/mod.ts";

const GOLDEN = fileURLToPath(new URL("../golden/cosign", import.meta.url));
const PLACE = `oci-dir:${GOLDEN}/layout:1`;
const publicKey = async () => parsePublicKey(await readFile(`${GOLDEN}/cosign.pub`), "cosign.pub");
const privateKey = async (password = "secret") =>
  await parsePrivateKey(await readFile(`${GOLDEN}/cosign.key`), "cosign.key", () => password);

describe("what cosign has made", () => {
  it("is good: two signatures of the index, one of each image", async () => {
    await using source = await openSource(PLACE);
    const root = await source.resolve();
    const trust = { keys: [{ key: await publicKey(), name: "cosign.pub" }] };
    const simple = {
      format: "simple",
      signer: "cosign.pub",
      repository: "ghcr.io/org/app",
      annotations: { by: "me" },
    };
    expect(await verifySignatures(source, root.manifest.descriptor, trust))
      .toMatchObject([simple, { format: "bundle", signer: "cosign.pub" }]);
    const { manifests } = await loadTree(root);
    expect(manifests).toHaveLength(2);
    for (const { descriptor } of manifests) {
      expect(await verifySignatures(source, descriptor, trust)).toMatchObject([simple]);
    }
  });

  it("is a key that opens with its password alone", async () => {
    const pem = (key: ReturnType<typeof createPublicKey>) =>
      key.export({ type: "spki", format: "pem" });
    expect(pem(createPublicKey(await privateKey()))).toBe(pem(await publicKey()));
    await expect(privateKey("Secret")).rejects.toThrow("does not open with this password");
  });

  it("is what we make: nothing is left to sign", async () => {
    await using source = await openSource(PLACE);
    const { descriptor } = (await source.resolve()).manifest;
    const key = await privateKey();
    const repository = "ghcr.io/org/app";
    expect(await signManifest(source, descriptor, { key, repository, annotations: { by: "me" } }))
      .toBeUndefined();
    expect(await signManifest(source, descriptor, { key, bundle: true })).toBeUndefined();
    const made = await signManifest(source, descriptor, { key, repository });
    const theirs = await source.resolve(made?.references[0]);
    if (theirs.kind !== "artifact") throw new Error("cosign's signature is no artifact");
    // Theirs stays, byte for byte, before ours.
    expect(made?.artifact.blobs[1]?.descriptor).toEqual(theirs.blobs[1]?.descriptor);
    expect(made?.artifact.blobs).toHaveLength(3);
  });
});
