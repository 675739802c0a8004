/**
 * Manifests: by tag once, and by digest from then on.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
 */
import {
  algorithmOf,
  createHasher,
  type Digest,
  digestOf,
  isDigest,
} from "../../../src/bytes/digest.ts";
import { streamBytes } from "../../../src/bytes/stream.ts";
import { NixociError } from "../../../src/base/errors.ts";
import { redactReply } from "../../../src/base/text.ts";
import { type Content, content } from "../../../src/image/content.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { MAX_DOCUMENT } from "../../../src/image/json.ts";
import { MEDIA_TYPES } from "../../../src/image/media-types.ts";
import type { Reply } from "../../lib/http/exchange.ts";
import { isAnswered } from "../http/failure.ts";
import { refusePage } from "../http/page.ts";
import type { Session } from "../session.ts";

/** The manifests that we understand, in the order in which we like them. */
export const ACCEPT = {
  accept: [
    MEDIA_TYPES.oci.index,
    MEDIA_TYPES.docker.index,
    MEDIA_TYPES.oci.manifest,
    MEDIA_TYPES.docker.manifest,
  ].join(", "),
};

/**
 * Fetches what the tag or digest names now. The bytes are here when it returns; they hash to the
 * digest that was asked for, whatever the registry says of them, or else to the one that it claims.
 * @throws NixociError `DIGEST` when they do not.
 */
export async function getManifest(of: Session, reference: string): Promise<Content> {
  const asking = of.ask(
    { method: "GET", to: `manifests/${reference}`, headers: ACCEPT, expect: [200] },
    async (reply) => {
      const bytes = await reply.bytes(MAX_DOCUMENT);
      refusePage(bytes, reply.url.host);
      const wanted = isDigest(reference)
        ? reference
        : readClaimedDigest(reply.headers, reply.url.host, of.secrets);
      checkDigest(bytes, wanted, reply.url.host);
      const digest = wanted ?? digestOf(bytes);
      const descriptor = { mediaType: mediaTypeOf(reply), digest, size: bytes.length };
      return content(descriptor, () => streamBytes(bytes));
    },
  );
  createHasher(); // what hashes takes 6 ms to load, which the answer takes anyway
  return await asking;
}

/** Makes the manifest that a descriptor names; fetched when it is opened. */
export function createManifestContent(of: Session, descriptor: Descriptor): Content {
  return content(descriptor, async function* () {
    yield* (await getManifest(of, descriptor.digest)).open();
  });
}

// What HEAD is answered with where GET is answered: ECR, Nexus, Harbor and others.
const NO_HEAD = [400, 403, 404, 405, 500, 501];

/**
 * Gets the descriptor of what the tag or digest names, without fetching it where the registry says
 * enough. It is the registry's word, which nothing proves; GET does, where HEAD is refused.
 */
export async function headManifest(of: Session, reference: string): Promise<Descriptor> {
  const stated = await describeManifest(of, reference);
  if (stated === undefined) return (await getManifest(of, reference)).descriptor;
  if (!isDigest(reference) || stated.digest === reference) return stated;
  if (algorithmOf(stated.digest) === algorithmOf(reference)) {
    throw digestError(of.endpoint.host, reference);
  }
  return (await getManifest(of, reference)).descriptor; // which proves the digest that was asked for
}

/** Does the same as far as HEAD is answered; `undefined` where it says too little. */
export async function describeManifest(
  of: Session,
  reference: string,
): Promise<Descriptor | undefined> {
  const expect = [200, ...NO_HEAD];
  return await of.ask(
    { method: "HEAD", to: `manifests/${reference}`, headers: ACCEPT, expect },
    async (reply): Promise<Descriptor | undefined> => {
      await reply.discard();
      if (reply.status !== 200) return undefined;
      const digest = reply.headers["docker-content-digest"];
      const size = Number(reply.headers["content-length"] ?? NaN);
      if (!isDigest(digest) || !Number.isSafeInteger(size) || size === 0) return undefined;
      return { mediaType: mediaTypeOf(reply), digest, size };
    },
  ).catch(async (error) => {
    if (isAnswered(error) && !await of.isShutOut(error)) return undefined;
    throw error;
  });
}

function readClaimedDigest(
  headers: Reply["headers"],
  host: string,
  secrets: Session["secrets"],
): Digest | undefined {
  const claimed = headers["docker-content-digest"];
  if (claimed === undefined || isDigest(claimed)) return claimed;
  const text = redactReply(String(claimed), secrets);
  throw new NixociError("MALFORMED", `${host} claims the digest ${JSON.stringify(text)}`);
}

function checkDigest(bytes: Uint8Array, expected: Digest | undefined, host: string): void {
  if (expected === undefined) return;
  const hash = createHasher(algorithmOf(expected));
  hash.update(bytes);
  if (hash.digest() !== expected) throw digestError(host, expected);
}

function digestError(host: string, digest: Digest): NixociError {
  return new NixociError("DIGEST", `${host} gives a manifest that does not hash to ${digest}`, {
    hint: "the registry is corrupt or lying, or something between it and us changes its answers",
  });
}

/** Returns the type without parameters; `rootOf` compares it with what the document says of itself. */
function mediaTypeOf({ headers }: Reply): string {
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  return type.trim().toLowerCase() || "application/octet-stream";
}
