/**
 * Brings the images of a channel up to date: those of its newest commits are there afterwards, and the
 * newest is made as its SPEC says now. What is there already stays, so that it can be run at any time.
 */
import { codeOf, type ErrorCode, reasonOf } from "../../base/errors.ts";
import { checkGrowth, checkOrder } from "./checks.ts";
import type { Channel } from "./config.ts";
import type { FoundImage, UpdatePlaces } from "./places.ts";
import { type ChannelReport, type CommitReport, statusOf } from "./report.ts";

/** Options for an update; `undefined` is as good as nothing. */
export interface UpdateOptions {
  readonly dryRun?: boolean | undefined;
  /** Takes the feed's word where it has gone back to an older commit. */
  readonly allowOlder?: boolean | undefined;
  /** Gets each commit when it is done with. */
  readonly onCommit?: ((channel: string, report: CommitReport) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Failures that say something of the place, not of one commit: asking on would not help. */
const OF_PLACE: readonly (ErrorCode | undefined)[] = ["AUTH", "NETWORK", "REFUSED", "CANCELLED"];

/**
 * Updates a channel. Nothing is thrown but the signal's reason: what went wrong is reported.
 * @example
 * ```ts
 * import { readChannelConfig, updateChannel } from "nixoci";
 * import { writeFile } from "node:fs/promises";
 * const unstable = { name: "unstable", feed: { command: ["true"] }, image: "registry:localhost:5000/nixpkgs" };
 * const all = { nixpkgs: "{commit}.tar.gz", spec: "base.json" };
 * await writeFile("channels.json", JSON.stringify({ ...all, channels: [unstable] }));
 * const { channels } = await readChannelConfig("channels.json");
 * const { status, commits } = await updateChannel(channels[0]!, {
 *   listCommits: async () => ["a".repeat(40)],
 *   findImage: async () => undefined,
 *   hasImage: async () => false,
 *   computeHash: async () => "1",
 *   makeImage: () => Promise.reject(new Error("a dry run makes none")),
 * }, { dryRun: true });
 * console.log(status, commits.map((one) => one.status)); // would update [ "would build" ]
 * ```
 */
export async function updateChannel(
  channel: Channel,
  places: UpdatePlaces,
  options: UpdateOptions = {},
): Promise<ChannelReport> {
  const { name } = channel;
  const commits: CommitReport[] = [];
  try {
    for await (const report of updateCommits(channel, places, options)) {
      commits.push(report);
      options.onCommit?.(name, report);
    }
    return { name, status: statusOf(commits), commits };
  } catch (error) {
    options.signal?.throwIfAborted();
    return {
      name,
      status: "failed",
      commits,
      code: codeOf(error) ?? "IO",
      reason: messageOf(error),
    };
  }
}

async function* updateCommits(
  channel: Channel,
  places: UpdatePlaces,
  { dryRun, allowOlder, signal }: UpdateOptions,
): AsyncGenerator<CommitReport> {
  const listed = await places.listCommits(channel);
  const commits = listed.slice(0, channel.count);
  const [newest = ""] = commits;
  const last = await places.findImage(channel, channel.latest);
  const there = await places.findImage(channel, newest);
  const find = async (commit: string) => {
    if (commit === newest) return there;
    return await places.hasImage(channel, commit)
      ? await places.findImage(channel, commit)
      : undefined;
  };
  if (!allowOlder) await checkOrder(channel, listed, { last, find });
  for (const commit of commits) {
    signal?.throwIfAborted();
    const isNewest = commit === newest;
    const isThere = isNewest ? there !== undefined : await places.hasImage(channel, commit);
    const isKept = isThere &&
      (!isNewest || isNamed(newest, there, last) &&
          there?.nixHash === await places.computeHash(channel, commit));
    if (isKept) yield { commit, status: "kept" };
    else if (dryRun) yield { commit, status: isThere ? "would rebuild" : "would build" };
    else {
      const work = { last, done: isThere ? "rebuilt" : "built", isNewest } as const;
      yield await makeCommit(channel, commit, places, work);
    }
  }
}

/** Tells whether the tag of the newest image names the image of this commit. */
function isNamed(
  commit: string,
  there: FoundImage | undefined,
  last: FoundImage | undefined,
): boolean {
  return last?.commit === commit && last.nixHash === there?.nixHash;
}

/** The facts that are known where an image is made. */
interface CommitWork {
  readonly done: "built" | "rebuilt";
  readonly last: FoundImage | undefined;
  readonly isNewest: boolean;
}

async function makeCommit(
  channel: Channel,
  commit: string,
  places: UpdatePlaces,
  { done, last, isNewest }: CommitWork,
): Promise<CommitReport> {
  try {
    const serial = isNewest ? (last?.serial ?? 0) + (last?.commit === commit ? 0 : 1) : 0;
    const image = await places.makeImage(channel, commit, serial);
    let untried: string | undefined;
    try {
      checkGrowth(image.size, last);
      untried = await image.test();
      await image.push(commit);
      // Last, so that it never names an image whose commit has none.
      if (isNewest) await image.push(channel.latest);
    } finally {
      await image[Symbol.asyncDispose]();
    }
    return { commit, status: done, ...untried !== undefined && { untried } };
  } catch (error) {
    if (OF_PLACE.includes(codeOf(error))) throw error;
    return { commit, status: "failed", reason: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  const { hint } = error as { hint?: string };
  return hint === undefined ? reasonOf(error) : `${reasonOf(error)}; ${hint}`;
}
