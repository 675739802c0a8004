/** Signs manifests as cosign does. */
import { createPublicKey, type KeyObject } from "node:crypto";
import { codeOf, NixociError } from "../base/errors.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { Artifact } from "../image/root.ts";
import type { Source } from "../image/source.ts";
import {
  createSignatureLayer,
  createSignatureManifest,
  encodePayload,
  signatureLayersOf,
  signatureTagOf,
} from "./formats/simple.ts";
import { createBundle } from "./formats/statement.ts";
import { signBytes } from "./keys/algorithm.ts";
import { readSignatureTag, verifySignatures } from "./verify.ts";

/** Options of signing an image. */
export interface SignOptions {
  /** The private key. */
  readonly key: KeyObject;
  /** The name of the image: `host/repository`, perhaps with a tag. Bundles have no place for it. */
  readonly repository?: string | undefined;
  /** Makes a bundle that refers to the image (cosign 3), and not what a tag leads to. */
  readonly bundle?: boolean;
  /** Pairs that are signed as well. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** A signature that was made, to be put beside the image. */
export interface MadeSignature {
  readonly artifact: Artifact;
  /** The name that it is found by; none for one that names its subject. */
  readonly references: readonly string[];
}

/**
 * Signs a manifest, and returns what has to be put beside it: with `putArtifact`, under the names
 * that are returned. What other signatures there are stays, unless two sign at once: `putSignatures`
 * sees to that.
 * @param source has the manifest, and its signatures.
 * @returns `undefined` where the same key has signed the same before.
 * @throws NixociError `USAGE` for a signature with a name that it is not given.
 */
export async function signManifest(
  source: Source,
  subject: Descriptor,
  { key, repository, bundle = false, annotations = {} }: SignOptions,
): Promise<MadeSignature | undefined> {
  const publicKey = createPublicKey(key);
  const same = { repository: bundle ? undefined : repository, annotations, bundle };
  if (await hasSignature(source, subject, publicKey, same)) return undefined;
  if (bundle) {
    return { artifact: createBundle(subject, key, publicKey, annotations), references: [] };
  }
  if (repository === undefined) {
    throw new NixociError("USAGE", "nothing says what the signature is to call the image", {
      hint: "name the repository that it goes to, or make a bundle, which has no name in it",
    });
  }
  const payload = encodePayload({ digest: subject.digest, repository, annotations });
  const layer = createSignatureLayer(payload, signBytes(payload, key));
  const before = await readSignatureTag(source, subject.digest);
  const layers = [...before === undefined ? [] : signatureLayersOf(before), layer];
  const references = [signatureTagOf(subject.digest)];
  return { artifact: createSignatureManifest(layers), references };
}

/** The fields that make a second signature by one key another one. */
interface SameSignature {
  readonly repository: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly bundle: boolean;
}

async function hasSignature(
  source: Source,
  subject: Descriptor,
  key: KeyObject,
  { repository, annotations, bundle }: SameSignature,
): Promise<boolean> {
  const wanted = sortEntries(annotations);
  try {
    const good = await verifySignatures(source, subject, { keys: [{ key, name: "it" }] });
    return good.some((one) =>
      (one.format === "bundle") === bundle && one.repository === repository &&
      sortEntries(one.annotations ?? {}) === wanted
    );
  } catch (error) {
    if (codeOf(error) === "REFUSED") return false;
    throw error;
  }
}

function sortEntries(values: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(values).sort(([a], [b]) => a < b ? -1 : 1));
}
