/**
 * Signatures of images: cosign's, made and verified, and notation's, verified.
 * @module
 */
export { type AskPassword, parsePrivateKey } from "./keys/private-key.ts";
export { parsePublicKey } from "./keys/public-key.ts";
export { checkSignedName } from "./repository.ts";
export type { SignOptions } from "./sign.ts";
export {
  type ImageSignature,
  type KeylessTrust,
  type SignatureTrust,
  type TrustedCertificate,
  type TrustedKey,
} from "./trust.ts";
export { type ProveSigned, wrapSignedSource } from "./signed-source.ts";
export { type CheckName, verifySignatures } from "./verify.ts";
