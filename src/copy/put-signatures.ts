/** Signs images in the place where they are. */
import { setTimeout } from "node:timers/promises";
import { useResources } from "../base/dispose.ts";
import { NixociError } from "../base/errors.ts";
import { repairLost } from "../bytes/flow/repair.ts";
import type { Digest } from "../bytes/digest.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { Sink } from "../image/sink.ts";
import type { Source } from "../image/source.ts";
import { signManifest, type SignOptions } from "../sign/sign.ts";
import { putArtifact, type PutArtifactOptions } from "./put-artifact.ts";

/** A place that is opened as often as it takes: what others have put there is seen then. */
export interface SignaturesPlace {
  openSource(): Promise<Source>;
  openSink(): Promise<Sink>;
}

/** Options of signing images where they are. */
export interface PutSignaturesOptions
  extends SignOptions, Pick<PutArtifactOptions, "dryRun" | "signal"> {}

/** A manifest that is signed, and the manifest of its signature; none where it was signed before. */
export interface SignedSubject {
  readonly subject: Digest;
  readonly descriptor?: Descriptor;
  /** The tags that lead to the signature; a bundle has none. */
  readonly references: readonly string[];
}

/**
 * Signs manifests, and puts the signatures beside them. What other signatures there are stays, and
 * ours stay when others sign at the same time: one tag leads to all those of an image, and no registry
 * writes only what nobody else has changed, so that they are looked for afterwards.
 * @returns what became of each; with `dryRun` nothing is written.
 * @throws NixociError `REFUSED` when signatures are taken away as often as they are put, `USAGE` for a
 * signature with a name that it is not given.
 * @example
 * ```ts
 * import { generateKeyPairSync } from "node:crypto";
 * import { openSink, openSource, putSignatures, verifySignatures } from "nixoci";
 * const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
 * const openThere = () => openSource("oci-dir:in");
 * await using source = await openThere();
 * const { descriptor } = (await source.resolve()).manifest;
 * const place = { openSource: openThere, openSink: () => openSink("oci-dir:in") };
 * await putSignatures(place, [descriptor], { key: privateKey, repository: "ghcr.io/me/app" });
 * await using signed = await openThere();
 * const trust = { keys: [{ key: publicKey, name: "mine" }] };
 * const [signature] = await verifySignatures(signed, descriptor, trust);
 * console.log(signature?.signer, signature?.repository); // mine ghcr.io/me/app
 * ```
 */
export async function putSignatures(
  place: SignaturesPlace,
  subjects: readonly Descriptor[],
  options: PutSignaturesOptions,
): Promise<SignedSubject[]> {
  const { signal } = options;
  const signed = new Map<Digest, SignedSubject>();
  await repairLost(subjects, async (subject) => {
    const one = await putSignature(place, subject, options);
    if (one.descriptor || !signed.has(subject.digest)) signed.set(subject.digest, one);
    return one.references.length > 0 && !options.dryRun;
  }, {
    sleep: (milliseconds) => setTimeout(milliseconds, undefined, signal && { signal }),
    makeError: unsettledError,
  });
  return [...signed.values()];
}

function unsettledError({ digest }: Descriptor): NixociError {
  const message = `Cannot keep a signature of ${digest}: others write its signatures all the time`;
  return new NixociError("REFUSED", message, { hint: "sign it again when they have ended" });
}

async function putSignature(
  place: SignaturesPlace,
  subject: Descriptor,
  { dryRun, signal, ...how }: PutSignaturesOptions,
): Promise<SignedSubject> {
  return await useResources(async (hold) => {
    const source = hold(await place.openSource());
    const made = await signManifest(source, subject, how);
    if (made === undefined) return { subject: subject.digest, references: [] };
    const { artifact, references } = made;
    await putArtifact(artifact, hold(await place.openSink()), { references, dryRun, signal });
    const { mediaType, digest, size, artifactType } = artifact.manifest.descriptor;
    const descriptor = { mediaType, digest, size, ...artifactType && { artifactType } };
    return { subject: subject.digest, descriptor, references };
  });
}
