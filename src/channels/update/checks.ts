/** Checks before an image of a channel takes the place of the last one. */
import { NixociError } from "../../base/errors.ts";
import type { Channel } from "./config.ts";
import type { FoundImage } from "./places.ts";

/** A new image may be larger than the last one by a tenth: more is a mistake, most likely. */
const MOST_GROWTH = 1.1;

/**
 * Proves that the feed has not gone back: an image of its newest commit is there, and is older than the
 * newest image. One that is newer was pushed by a run that ended before it could say so; and where the feed
 * itself has the newest image's commit, it says that it is the older one.
 * @param listed the commits of the feed, the newest first.
 * @throws NixociError `REFUSED`.
 */
export function checkOrder(
  channel: Channel,
  listed: readonly string[],
  { last, there, allowOlder }: {
    readonly last: FoundImage | undefined;
    readonly there: FoundImage | undefined;
    readonly allowOlder: boolean | undefined;
  },
): void {
  const [newest = ""] = listed;
  if (allowOlder || !there || !last?.commit || listed.includes(last.commit)) return;
  if (there.serial <= last.serial) throw backError(channel, newest, last.commit);
}

/** Proves that an image is not much larger than the last one. @throws NixociError `FAILED`. */
export function checkGrowth(size: number, last: FoundImage | undefined): void {
  if (last === undefined || size <= last.size * MOST_GROWTH) return;
  const percent = Math.round(size / last.size * 100);
  throw new NixociError("FAILED", `it has ${percent} percent of the bytes of the last image`, {
    hint: "110 are allowed: build it by hand with nixoci base if that is right",
  });
}

function backError({ name }: Channel, newest: string, last: string): NixociError {
  const message =
    `the feed of ${name} has gone back: its newest commit is ${newest}, which has an ` +
    `image, and the newest image is of ${last}`;
  return new NixociError("REFUSED", message, {
    hint: "a mirror may be behind; --allow-older takes its word",
  });
}
