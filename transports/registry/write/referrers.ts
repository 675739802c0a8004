/**
 * Keeps the list of what refers to an image (signatures, SBOMs) where the registry keeps none: an
 * index under a tag that is made of the image's digest.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#unavailable-referrers-api
 */
import { NixociError } from "../../../src/base/errors.ts";
import type { Digest } from "../../../src/bytes/digest.ts";
import { repairLost } from "../../../src/bytes/flow/repair.ts";
import type { Content } from "../../../src/image/content.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import {
  createReferrersIndex,
  fallbackTagOf,
  referrerOf,
  subjectOf,
} from "../../../src/image/referrers.ts";
import { getFallbackReferrers } from "../read/referrers.ts";
import type { Session } from "../session.ts";

/** Keeps lists of referrers. */
export interface ReferrersKeeper {
  /** Adds the manifest to the list of its subject, if it has one. */
  add(manifest: Content, bytes: Buffer): Promise<void>;
  /**
   * Proves that what was added is in the lists still, and adds it again otherwise: two who write at
   * once take each other's entries away, for registries have no way to write only what nobody else
   * has changed.
   * @throws NixociError `REFUSED` when entries are taken away as often as they are added.
   */
  settle(): Promise<void>;
}

/** Creates it. @param push stores a list under its tag. */
export function createReferrersKeeper(
  to: Session,
  push: (list: Content, tag: string) => Promise<void>,
): ReferrersKeeper {
  const added: { readonly subject: Digest; readonly own: Descriptor }[] = [];
  let last: Promise<unknown> = Promise.resolve();
  let took = 0;
  /** Puts those that the list of a subject lacks into it; tells whether there were any. */
  const complete = async (subject: Digest): Promise<boolean> => {
    const start = performance.now();
    const known = await getFallbackReferrers(to, subject);
    const there = new Set(known.map(({ digest }) => digest));
    const missing = added.filter((one) => one.subject === subject && !there.has(one.own.digest));
    if (missing.length === 0) return false;
    const list = createReferrersIndex([...known, ...missing.map(({ own }) => own)]);
    await push(list, fallbackTagOf(subject));
    took = Math.max(took, performance.now() - start);
    return true;
  };
  return {
    async add({ descriptor }, bytes) {
      const subject = subjectOf(bytes);
      if (subject === undefined) return;
      if (added.some(({ own }) => own.digest === descriptor.digest)) return await last as void;
      added.push({ subject, own: referrerOf(descriptor, JSON.parse(String(bytes))) });
      // One after the other: those of one copy do not get into each other's way.
      await (last = last.then(() => complete(subject)));
    },
    async settle() {
      const subjects = [...new Set(added.map(({ subject }) => subject))];
      await repairLost(subjects, complete, {
        took,
        sleep: (milliseconds) => to.world.sleep(milliseconds, to.retry.signal),
        makeError: (subject) => unsettledError(to, subject),
      });
      added.length = 0;
    },
  };
}

function unsettledError({ endpoint: { host, repository } }: Session, subject: Digest): NixociError {
  const list = `the list of what refers to ${subject} in ${host}/${repository}`;
  return new NixociError("REFUSED", `Cannot keep ${list}: others write it all the time`, {
    hint: "what was pushed is there: run it again when they have ended, and it is listed",
  });
}
