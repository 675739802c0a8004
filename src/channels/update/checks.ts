/** Checks before an image of a channel takes the place of the last one. */
import { NixociError } from "../../base/errors.ts";
import type { Channel } from "./config.ts";
import type { FoundImage } from "./places.ts";

/** A new image may be larger than the last one by a tenth: more is a mistake, most likely. */
const MOST_GROWTH = 1.1;

/**
 * Proves that the feed has not gone back: it does not have the commit of the newest image, and the first
 * of its commits that has an image has an older one. One that is newer was pushed by a run that ended
 * before it could say so; and where the feed has the newest image's commit, it says that it is the older
 * one. A feed none of whose commits has an image may as well have gone far ahead: it is believed.
 * @param listed the commits of the feed, the newest first.
 * @param facts.find finds the image of a commit.
 * @throws NixociError `REFUSED`.
 */
export async function checkOrder(
  channel: Channel,
  listed: readonly string[],
  { last, find }: {
    readonly last: FoundImage | undefined;
    find(commit: string): Promise<FoundImage | undefined>;
  },
): Promise<void> {
  if (!last?.commit || listed.includes(last.commit)) return;
  for (const commit of listed.slice(0, channel.count)) {
    const there = await find(commit);
    if (there === undefined) continue;
    if (there.serial <= last.serial) throw backError(channel, commit, last.commit);
    return;
  }
}

/** Proves that an image is not much larger than the last one. @throws NixociError `FAILED`. */
export function checkGrowth(size: number, last: FoundImage | undefined): void {
  if (last === undefined || size <= last.size * MOST_GROWTH) return;
  const percent = Math.round(size / last.size * 100);
  throw new NixociError("FAILED", `it has ${percent} percent of the bytes of the last image`, {
    hint: "110 are allowed: build it by hand with nixoci base if that is right",
  });
}

function backError({ name }: Channel, commit: string, last: string): NixociError {
  const message =
    `the feed of ${name} has gone back: its newest commit with an image is ${commit}, and the newest ` +
    `image is of ${last}, which it does not have`;
  return new NixociError("REFUSED", message, {
    hint: "a mirror may be behind; --allow-older takes its word",
  });
}
