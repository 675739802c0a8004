/**
 * The requirement of a policy that an image is signed as cosign does it.
 * @see https://github.com/containers/image/blob/main/docs/containers-policy.json.5.md#sigstoresigned
 */
import * as z from "zod/mini";
import { NixociError } from "../../base/errors.ts";
import { checkShape } from "../documents/schemas.ts";

const text = z.string();
const texts = z.array(text).check(z.minLength(1));
const base64 = text.check(z.regex(/^[A-Za-z0-9+/]+={0,2}$/, "must be base64"));

const identitySchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.enum(["matchExact", "matchRepoDigestOrExact", "matchRepository"]) }),
  z.strictObject({ type: z.literal("exactReference"), dockerReference: text }),
  z.strictObject({ type: z.literal("exactRepository"), dockerRepository: text }),
  z.strictObject({ type: z.literal("remapIdentity"), prefix: text, signedPrefix: text }),
]);

const signedSchema = z.strictObject({
  type: z.literal("sigstoreSigned"),
  keyPath: z.optional(text),
  keyPaths: z.optional(texts),
  keyData: z.optional(base64),
  keyDatas: z.optional(z.array(base64).check(z.minLength(1))),
  fulcio: z.optional(z.record(text, z.unknown())),
  pki: z.optional(z.record(text, z.unknown())),
  rekorPublicKeyPath: z.optional(text),
  rekorPublicKeyPaths: z.optional(texts),
  rekorPublicKeyData: z.optional(base64),
  rekorPublicKeyDatas: z.optional(z.array(base64).check(z.minLength(1))),
  signedIdentity: z.optional(identitySchema),
});

/** The name that the signer has to have given the image. */
export type SignedIdentity =
  | { readonly type: "matchExact" | "matchRepoDigestOrExact" | "matchRepository" }
  | { readonly type: "exactReference"; readonly dockerReference: string }
  | { readonly type: "exactRepository"; readonly dockerRepository: string }
  | { readonly type: "remapIdentity"; readonly prefix: string; readonly signedPrefix: string };

/** A demand that an image is signed with one of some keys. */
export interface SigstoreRequirement {
  readonly type: "sigstoreSigned";
  /** Files of public keys. */
  readonly keyPaths: readonly string[];
  /** Public keys, in PEM. */
  readonly keyDatas: readonly Uint8Array[];
  readonly identity: SignedIdentity;
  /** A field of it that cannot be judged here: then no image fulfils it. */
  readonly beyond?: string | undefined;
}

const SIGNERS = ["keyPath", "keyPaths", "keyData", "keyDatas", "fulcio", "pki"] as const;
const BEYOND = [
  ...["fulcio", "pki", "rekorPublicKeyPath", "rekorPublicKeyPaths"] as const,
  ...["rekorPublicKeyData", "rekorPublicKeyDatas"] as const,
];

/** Parses a requirement of the type `sigstoreSigned`. @throws NixociError `MALFORMED`. */
export function parseSigstoreRequirement(value: unknown, what: string): SigstoreRequirement {
  const json = checkShape(signedSchema, value, what);
  const signers = SIGNERS.filter((name) => json[name] !== undefined);
  if (signers.length !== 1) {
    throw new NixociError("MALFORMED", `${what}: it must have one of ${SIGNERS.join(", ")}`);
  }
  const { keyPath, keyPaths = [], keyData, keyDatas = [] } = json;
  return {
    type: json.type,
    keyPaths: keyPath === undefined ? keyPaths : [keyPath],
    keyDatas: (keyData === undefined ? keyDatas : [keyData])
      .map((data) => Buffer.from(data, "base64")),
    identity: json.signedIdentity ?? { type: "matchRepoDigestOrExact" },
    beyond: BEYOND.find((name) => json[name] !== undefined),
  };
}
