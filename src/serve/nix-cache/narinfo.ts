/**
 * The page of a store path in a binary cache of Nix, and the key that vouches for it.
 * @see https://nix.dev/manual/nix/latest/protocols/nix-cache-info
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { basename } from "node:path";
import { NixociError } from "../../base/errors.ts";
import type { Digest } from "../../bytes/digest.ts";
import { formatHash } from "../../nix/formats/hash.ts";
import type { PathInfo } from "../../nix/formats/path-info.ts";
import { isStorePath } from "../../nix/formats/store-path.ts";

/** A store path whose hash is known: without it no cache can serve it. */
export type HashedPath = PathInfo & { readonly narHash: Digest };

/** Signs with a key that has a name. */
export interface NarSigner {
  /** As `trusted-public-keys` of Nix takes it: `cache.example.com-1:…`. */
  readonly publicKey: string;
  /** Signs what is said of a path. */
  sign(info: HashedPath): string;
}

/**
 * Reads a key of `nix-store --generate-binary-cache-key`: a name, and 64 bytes in base 64.
 * @throws NixociError `MALFORMED`; it says nothing of what is in the text.
 * @example
 * ```ts
 * import { generateKeyPairSync } from "node:crypto";
 * import { createNarSigner } from "nixoci";
 * const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
 * const bytes = Buffer.concat([d!, x!].map((part) => Buffer.from(part, "base64url")));
 * const { publicKey } = createNarSigner(`cache-1:${bytes.toString("base64")}`);
 * console.log(publicKey.split(":")[0]); // cache-1
 * ```
 */
export function createNarSigner(text: string): NarSigner {
  const [, name, encoded = ""] = /^([^:\s]+):([A-Za-z0-9+/]+={0,2})\s*$/.exec(text) ?? [];
  const bytes = Buffer.from(encoded, "base64");
  const key = bytes.length === SEED + PUBLIC ? readSeed(bytes) : undefined;
  if (name === undefined || key === undefined) {
    throw new NixociError("MALFORMED", "It is not a key that Nix signs with", {
      hint: "make one with nix-store --generate-binary-cache-key NAME key.sec key.pub",
    });
  }
  return {
    publicKey: `${name}:${bytes.subarray(SEED).toString("base64")}`,
    sign: (info) =>
      `${name}:${sign(null, Buffer.from(fingerprintOf(info)), key).toString("base64")}`,
  };
}

const [SEED, PUBLIC] = [32, 32];

// RFC 8410: what stands before the seed of an Ed25519 key in PKCS #8.
const BEFORE_SEED = Buffer.from("302e020100300506032b657004220420", "hex");

/** Reads the seed; `undefined` when the public key behind it is another one's. */
function readSeed(bytes: Buffer): KeyObject | undefined {
  const der = Buffer.concat([BEFORE_SEED, bytes.subarray(0, SEED)]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const { x } = createPublicKey(key).export({ format: "jwk" });
  return x === bytes.subarray(SEED).toString("base64url") ? key : undefined;
}

/** Returns the text that signatures are of: all that a client relies on. */
function fingerprintOf({ path, narHash, narSize, references }: HashedPath): string {
  return `1;${path};sha256:${formatHash(narHash, "nix32")};${narSize};${references.join(",")}`;
}

/** Returns the path of a NAR below the cache: another NAR of the same path has another one. */
export function narPathOf({ path, narHash }: HashedPath): string {
  return `nar/${basename(path).slice(0, 32)}-${formatHash(narHash, "nix32")}.nar`;
}

/** Writes a narinfo. */
export function formatNarInfo(info: HashedPath, signer: NarSigner | undefined): string {
  const { path, narHash, narSize, references, deriver } = info;
  const hash = `sha256:${formatHash(narHash, "nix32")}`;
  const lines = [
    ["StorePath", path],
    ["URL", narPathOf(info)],
    ["Compression", "none"],
    ["FileHash", hash],
    ["FileSize", `${narSize}`],
    ["NarHash", hash],
    ["NarSize", `${narSize}`],
    ["References", references.map((one) => basename(one)).join(" ")],
    // A closure may say anything here, and each line of the page counts.
    ...deriver === undefined || !isStorePath(deriver) ? [] : [["Deriver", basename(deriver)]],
    ...signer === undefined ? [] : [["Sig", signer.sign(info)]],
  ];
  return lines.map(([name, value]) => `${name}: ${value}\n`).join("");
}
