/** Finds out whether something is in a repository, as far as its registry can be believed. */
import type { Descriptor } from "../../../src/image/descriptor.ts";
import type { Reply } from "../../lib/http/exchange.ts";
import { isAnswered } from "../http/failure.ts";
import type { Session } from "../session.ts";

/** Tells whether the registry has the blob. */
export async function hasBlob(of: Session, descriptor: Descriptor): Promise<boolean> {
  return await isThere(of, `blobs/${descriptor.digest}`, descriptor);
}

// Said of HEAD by registries that know no HEAD, and by those that answer GET.
const UNSUPPORTED = [400, 405, 501];
// Said of HEAD by those that do not let everybody ask who may push (ECR, Nexus, Harbor), or break.
const SILENT = [403, 404, 500];

/**
 * Tells whether something is there: `HEAD`, or `GET` where that is not supported. What cannot be found
 * out is not there: to put it again does no harm, and says what is wrong.
 */
export async function isThere(
  of: Session,
  to: string,
  descriptor: Descriptor,
  headers: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const expect = [200, ...SILENT, ...UNSUPPORTED];
  const ask = async (method: string): Promise<boolean> =>
    await of.ask({ method, to, headers, expect }, async (reply) => {
      await reply.discard();
      if (method === "HEAD" && UNSUPPORTED.includes(reply.status)) return await ask("GET");
      return reply.status === 200 && isOf(descriptor, reply);
    });
  try {
    return await ask("HEAD");
  } catch (error) {
    if (isAnswered(error) && !await of.isShutOut(error)) return false;
    throw error;
  }
}

/** Tells whether the answer is about the content: a web server says 200 to everything. */
function isOf({ digest, size, mediaType }: Descriptor, { headers }: Reply): boolean {
  const stated = headers["docker-content-digest"];
  if (stated !== undefined) return stated === digest;
  const length = Number(headers["content-length"] ?? 0);
  if (length > 0 || size === 0) return length === size;
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  return [mediaType, "application/octet-stream"].includes(type.trim().toLowerCase());
}
