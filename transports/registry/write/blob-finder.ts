/**
 * Finds out which blobs a repository has, with few questions where it is new. A push that was broken off
 * leaves blobs without a tag: but blobs are sent in order, several at a time, so that where none of the
 * first is there, none of the others is.
 */
import type { Digest } from "../../../src/bytes/digest.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { isObject } from "../../../src/image/json.ts";
import type { Session } from "../session.ts";
import { hasBlob } from "./presence.ts";

/** The blobs that are asked for in any case: twice as many as move at a time. */
export const ALWAYS_ASKED = 24;

/** Creates a function that tells whether the repository has a blob, for blobs in the order of a push. */
export function createBlobFinder(to: Session): (blob: Descriptor) => Promise<boolean> {
  const first: Promise<boolean>[] = [];
  const seen = new Set<Digest>();
  let isNew: Promise<boolean> | undefined;
  return async (blob) => {
    const isAgain = seen.has(blob.digest); // it has come meanwhile, or the registry has said that it lacks
    seen.add(blob.digest);
    if (!isAgain && first.length === ALWAYS_ASKED) {
      const isAnyThere = (await Promise.all(first)).includes(true);
      if (!isAnyThere && await (isNew ??= isNewRepository(to))) return false;
    }
    const answer = hasBlob(to, blob);
    if (first.length < ALWAYS_ASKED) first.push(answer);
    return await answer;
  };
}

// In bytes: a registry that gives all tags where one is asked for has some.
const ONE_TAG = 4096;

/** Tells whether the registry says that it has no such repository, or no tag in it. */
async function isNewRepository(to: Session): Promise<boolean> {
  const ask = { method: "GET", to: "tags/list?n=1", expect: [200, 404], once: true };
  return await to.ask(ask, async (reply) => {
    if (reply.status === 404) {
      await reply.discard();
      return true;
    }
    const list: unknown = JSON.parse((await reply.bytes(ONE_TAG)).toString());
    const tags = isObject(list) ? list["tags"] ?? [] : undefined;
    return Array.isArray(tags) && tags.length === 0;
  }).catch(() => false);
}
