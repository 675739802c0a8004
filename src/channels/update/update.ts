/**
 * Brings the images of a channel up to date: those of its newest commits are there afterwards, and the
 * newest is made as its SPEC says now. What is there already stays, so that it can be run at any time.
 */
import { codeOf, type ErrorCode, NixociError, reasonOf } from "../../base/errors.ts";
import type { Channel } from "./config.ts";

/** An image, as a registry knows it. */
export interface FoundImage {
  /** Its label NixHash, which says how it was made. */
  readonly nixHash: string | undefined;
  /** The commit of its nixpkgs. */
  readonly commit: string | undefined;
  /** The size of what Nix and its tools need, in bytes; infinite where it does not say. */
  readonly size: number;
  /** The number of the newest image that it was; 0 for one that filled a hole. */
  readonly serial: number;
}

/** An image that can be tried and pushed. */
export interface MadeImage extends AsyncDisposable {
  readonly size: number;
  /** Proves that it works. @throws NixociError `FAILED`. */
  test(): Promise<void>;
  /** Puts it under this tag. */
  push(tag: string): Promise<void>;
}

/** The places and programs that an update needs. */
export interface UpdatePlaces {
  /** Lists the commits of a channel, the newest first. */
  listCommits(channel: Channel): Promise<readonly string[]>;
  /** Finds an image; `undefined` only where the registry itself says that there is none. */
  findImage(channel: Channel, tag: string): Promise<FoundImage | undefined>;
  /** Computes how an image of this commit would be made now. */
  computeHash(channel: Channel, commit: string): Promise<string>;
  /** @param serial 0 where it fills a hole. */
  makeImage(channel: Channel, commit: string, serial: number): Promise<MadeImage>;
}

/** Options for an update; `undefined` is as good as nothing. */
export interface UpdateOptions {
  readonly dryRun?: boolean | undefined;
  /** Takes the feed's word where it has gone back to an older commit. */
  readonly allowOlder?: boolean | undefined;
  /** Gets each commit when it is done with. */
  readonly onCommit?: ((channel: string, report: CommitReport) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A commit of a channel, and what became of its image. */
export interface CommitReport {
  readonly commit: string;
  readonly status: "built" | "rebuilt" | "kept" | "failed" | "would build" | "would rebuild";
  /** The reason of a failure. */
  readonly reason?: string;
}

/** A channel, and what became of it. */
export interface ChannelReport {
  readonly name: string;
  readonly status: "updated" | "current" | "would update" | "failed";
  readonly commits: readonly CommitReport[];
  /** The kind of failure that ended it, and what it was. */
  readonly code?: ErrorCode;
  readonly reason?: string;
}

/** A new image may be larger than the last one by a tenth: more is a mistake, most likely. */
const MOST_GROWTH = 1.1;

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

function statusOf(commits: readonly CommitReport[]): ChannelReport["status"] {
  const has = (pattern: RegExp) => commits.some(({ status }) => pattern.test(status));
  if (has(/^failed/)) return "failed";
  if (has(/^would/)) return "would update";
  return has(/^(re)?built$/) ? "updated" : "current";
}

async function* updateCommits(
  channel: Channel,
  places: UpdatePlaces,
  { dryRun, allowOlder, signal }: UpdateOptions,
): AsyncGenerator<CommitReport> {
  const commits = (await places.listCommits(channel)).slice(0, channel.count);
  const [newest = ""] = commits;
  const last = await places.findImage(channel, channel.latest);
  const there = await places.findImage(channel, newest);
  checkOrder(channel, newest, { last, there, allowOlder });
  for (const commit of commits) {
    signal?.throwIfAborted();
    const isNewest = commit === newest;
    const found = isNewest ? there : await places.findImage(channel, commit);
    const isCurrent = found !== undefined &&
      (!isNewest || found.nixHash === await places.computeHash(channel, commit));
    const isNamed = !isNewest || last?.commit === newest && last.nixHash === found?.nixHash;
    if (isCurrent && isNamed) yield { commit, status: "kept" };
    else if (dryRun) yield { commit, status: found ? "would rebuild" : "would build" };
    else {
      const work = { last, done: found ? "rebuilt" : "built", isNewest } as const;
      yield await makeCommit(channel, commit, places, work);
    }
  }
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
    try {
      checkGrowth(image.size, last);
      await image.test();
      await image.push(commit);
      // Last, so that it never names an image whose commit has none.
      if (isNewest) await image.push(channel.latest);
    } finally {
      await image[Symbol.asyncDispose]();
    }
    return { commit, status: done };
  } catch (error) {
    if (OF_PLACE.includes(codeOf(error))) throw error;
    return { commit, status: "failed", reason: messageOf(error) };
  }
}

/**
 * Proves that the feed has not gone back: an image of its newest commit is there, and is older than the
 * newest image. One that is newer was pushed by a run that ended before it could say so.
 */
function checkOrder(
  channel: Channel,
  newest: string,
  { last, there, allowOlder }: {
    readonly last: FoundImage | undefined;
    readonly there: FoundImage | undefined;
    readonly allowOlder: boolean | undefined;
  },
): void {
  if (allowOlder || !there || !last?.commit || last.commit === newest) return;
  if (there.serial <= last.serial) throw backError(channel, newest, last.commit);
}

function checkGrowth(size: number, last: FoundImage | undefined): void {
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

function messageOf(error: unknown): string {
  const { hint } = error as { hint?: string };
  return hint === undefined ? reasonOf(error) : `${reasonOf(error)}; ${hint}`;
}
