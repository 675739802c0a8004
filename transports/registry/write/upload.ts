/**
 * An upload session at the registry: how it begins, how far it is, where it goes on, how it ends.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
 */
import type { Digest } from "../../../src/bytes/digest.ts";
import { NixociError } from "../../../src/base/errors.ts";
import { parseNamedUrl } from "../http/client.ts";
import type { Reply } from "../../lib/http/exchange.ts";
import { noRegistryError } from "../http/page.ts";
import { HttpFailure } from "../http/failure.ts";
import { isMissing, type Session } from "../session.ts";

export interface Upload {
  /** The URL where it goes on; every answer may name another. */
  location: URL;
  /** The number of bytes that the registry has. */
  offset: number;
  /** The smallest chunk that the registry takes, but for the last. */
  readonly minChunk: number;
}

/** The statuses that registries answer with, whatever the specification's one is. */
export const DONE = [200, 201, 202, 204];

/** Begins an upload. */
export async function beginUpload(to: Session): Promise<Upload> {
  try {
    return await to.ask({ method: "POST", to: "blobs/uploads/", expect: DONE }, readUpload);
  } catch (error) {
    if (!(error instanceof HttpFailure) || !isMissing(error) || error.hint) throw error;
    const { host, repository } = to.endpoint;
    throw error.withHint(
      `is there a repository ${repository}? ${host} may not create it by itself`,
    );
  }
}

/** Reads the upload that an answer tells of. */
export async function readUpload(reply: Reply): Promise<Upload> {
  await reply.discard();
  const minChunk = Number(reply.headers["oci-chunk-min-length"] ?? 0);
  return { location: readLocation(reply), offset: 0, minChunk: minChunk > 0 ? minChunk : 0 };
}

/**
 * Reads where an upload goes on. Another host gets the bytes but no credentials (CVE-2026-50151); a step
 * down from TLS is refused.
 */
function readLocation({ headers, url }: Reply): URL {
  const { location } = headers;
  if (location === undefined) {
    throw noRegistryError(url.host, "does not say where the upload goes on");
  }
  const next = parseNamedUrl(location, url);
  // A port speaks one protocol; a registry behind a proxy may take it for another.
  const isSamePort = url.port !== "" && next.host === url.host;
  if (url.protocol === "http:" && next.protocol !== "http:" && isSamePort) next.protocol = "http:";
  if (url.protocol === "http:" || next.protocol === "https:") return next;
  throw new NixociError("UNSAFE", `${url.host} wants the upload to go on without encryption`, {
    hint: "a proxy before the registry should set X-Forwarded-Proto: https",
  });
}

/** Returns where it goes on after an answer, which need not say so. */
export function nextLocationOf({ location }: Upload, reply: Reply): URL {
  return reply.headers.location === undefined ? location : readLocation(reply);
}

/** Reads the number of bytes that an answer says are there; `undefined` when it does not say. */
export function readReceived({ headers }: Reply): number | undefined {
  const [, end] = /^(?:bytes=)?0-(\d+)$/.exec(String(headers["range"] ?? "")) ?? [];
  // `0-0` is written for one byte and for none.
  return end === undefined || end === "0" ? undefined : Number(end) + 1;
}

/**
 * Asks how the upload stands after something went wrong: the same session with what the registry
 * has of it, or `undefined` when it has to begin anew.
 */
export async function findUploadState(
  to: Session,
  upload: Upload,
  size: number,
): Promise<Upload | undefined> {
  try {
    return await to.ask(
      { method: "GET", to: upload.location, expect: [204, 202, 200] },
      async (reply) => {
        await reply.discard();
        const offset = readReceived(reply);
        if (offset === undefined || offset > size) return undefined;
        return { ...upload, location: nextLocationOf(upload, reply), offset };
      },
    );
  } catch (error) {
    if (error instanceof HttpFailure && error.status !== undefined) return undefined;
    throw error;
  }
}

/** Ends the upload: the bytes that came, and those of the body, are the blob. */
export function closingUrlOf(upload: Upload, digest: Digest): URL {
  const url = new URL(upload.location);
  // By hand: URLSearchParams would rewrite the registry's own parameters.
  url.search += `${url.search === "" ? "?" : "&"}digest=${encodeURIComponent(digest)}`;
  return url;
}

/** In milliseconds: to leave nothing is polite, but nobody has to wait for it. */
const POLITE = 5_000;

/** Lets the registry throw away what it has; it does that by itself, sooner or later. */
export async function dropUpload(to: Session, upload: Upload): Promise<void> {
  const signal = AbortSignal.any([
    AbortSignal.timeout(POLITE),
    ...to.retry.signal ? [to.retry.signal] : [],
  ]);
  const ask = { method: "DELETE", to: upload.location, expect: DONE, signal, once: true };
  await to.ask(ask, (reply) => reply.discard()).catch(() => {});
}
