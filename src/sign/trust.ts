/** Whom to trust: the keys, identities and certificates that may have signed an image. */
import type { KeyObject, X509Certificate } from "node:crypto";
import { NixociError } from "../base/errors.ts";

/** Those who may sign; a signature of any of them is enough. */
export interface SignatureTrust {
  readonly keys?: readonly TrustedKey[];
  readonly keyless?: KeylessTrust;
  /** Of notation's signatures: the signer's own certificate, or one that stands above it. */
  readonly certificates?: readonly TrustedCertificate[];
}

/** A public key that may have signed. */
export interface TrustedKey {
  readonly key: KeyObject;
  /** The name for messages, such as its file. */
  readonly name: string;
}

/** A certificate that may have signed, or that has issued those that may. */
export interface TrustedCertificate {
  readonly certificate: X509Certificate;
  readonly name: string;
}

/** Whom certificates of Fulcio, or of another authority, are issued to, and by whose word. */
export interface KeylessTrust {
  /** The file of sigstore's trusted root: authorities, logs, and the times of both. */
  readonly root: Uint8Array;
  /** The subject of the certificate: an address, or the URI of a workflow. */
  readonly identity: string;
  /** The OpenID provider that vouches for the subject. */
  readonly issuer: string;
}

/** A signature that was found good. */
export interface ImageSignature {
  /** The manifest that it is in. */
  readonly digest: string;
  readonly format: "simple" | "bundle" | "notation";
  /** The name of the key or certificate, or the identity. */
  readonly signer: string;
  readonly issuer?: string | undefined;
  /** The name that the signer gave the image, where the format has a place for that. */
  readonly repository?: string | undefined;
  readonly annotations?: Readonly<Record<string, unknown>> | undefined;
}

/** Returns the error that says why a signature is not good. */
export function signatureError(why: string): NixociError {
  return new NixociError("REFUSED", why);
}

/** Writes the names of keys and certificates for a message. */
export function joinNames(trusted: readonly { readonly name: string }[]): string {
  return trusted.map(({ name }) => name).join(" or ");
}
