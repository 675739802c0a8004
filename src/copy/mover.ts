/** Moves blobs into a sink: each digest once, what is there not at all, so many at a time. */
import type { Digest } from "../bytes/digest.ts";
import { createLimit } from "../bytes/flow/limit.ts";
import { markSide, NixociError, wrapError } from "../base/errors.ts";
import type { CopyEvent } from "./events.ts";
import type { Content } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { BlobKind, ImageBlob } from "../image/root.ts";
import type { CanTakeUnnamed, Lacking, Sink } from "../image/sink.ts";
import { createUnnamedTaker } from "./unnamed.ts";
import { watchBlob } from "./watch.ts";

/** The options of a mover. */
export interface MoverOptions {
  /** The number of blobs that move at a time; by default what the way asks for. */
  readonly jobs?: number;
  /** The time that the farther of the places takes to answer, in milliseconds, as far as known. */
  readonly roundTrip?: () => number;
  /** The repository that the content is in, for sinks that can mount from it. */
  readonly from?: string;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: CopyEvent) => void;
}

/** The way in which a blob came to be there. */
export type Arrival = "moved" | "exists" | "mounted";

/** Counts of blobs, but no manifests, by the way they went, and the bytes that moved. */
export interface Totals {
  readonly blobs: Readonly<Record<Arrival, number>>;
  readonly bytes: number;
}

/** Blobs on their way; disposing breaks off what is under way and waits until it has let go. */
export interface BlobMover extends AsyncDisposable {
  /**
   * Begins a blob at the sink that gets its name later, when there is room for it; left out where the
   * sink cannot. It counts as moved when it has got its name, unless it is there already.
   */
  readonly takeUnnamed?: CanTakeUnnamed["takeUnnamed"] | undefined;
  /** Lets a blob move as soon as there is room for it. A failure shows in `settle`. */
  begin(blob: ImageBlob): void;
  /** Does the same with a layer of which no more is known than of any blob. */
  beginLayer(layer: Content): void;
  /** Moves a blob; returns what the sink lacks, when it does not take a manifest without that. */
  move(blob: ImageBlob): Promise<Lacking | void>;
  /** Counts a blob as there without asking for it. */
  isThere(blob: ImageBlob): void;
  /** Waits for all that has begun; throws the first failure, after which nothing new begins. */
  settle(): Promise<void>;
  /** Forgets what is known of blobs, so that they are looked for again. */
  forget(lacks: Lacking["lacks"]): void;
  totals(): Totals;
}

// Six at a time saturate a loopback registry, and are what browsers and most registries' limits suit.
export const JOBS = 6;
// With a long way half of each blob's time is waiting: so many then keep the way full.
const FAR_JOBS = 12;
// So many layers that are compressed on their way keep all cores busy near by; more take memory.
const PACKED_AT_A_TIME = 4;
// In milliseconds: from here on it is a long way, as between cities, or a server that thinks.
const FAR = 10;

/** Creates a mover of blobs into the sink. */
export function createBlobMover(to: Sink, options: MoverOptions): BlobMover {
  const { onEvent, from, dryRun, roundTrip = () => 0 } = options;
  const { note, totals } = countArrivals(onEvent);
  const under = new Map<Digest, Promise<Lacking | void>>();
  const breakOff = new AbortController();
  const signal = options.signal
    ? AbortSignal.any([options.signal, breakOff.signal])
    : breakOff.signal;
  const isFar = (): boolean => roundTrip() >= FAR;
  const jobs = (): number => {
    const wanted = options.jobs ?? (isFar() ? FAR_JOBS : JOBS);
    return Math.max(1, Math.min(wanted, to.traits.parallel));
  };
  // Where a place can make ready for blobs, questions about the next ones wait for no bytes: near by about
  // the very next one, for each question at a time takes a connection.
  const ahead = (): number => to.expect ? Math.min(jobs() - 1, isFar() ? Infinity : 1) : 0;
  const look = createLimit(() => jobs() + ahead());
  const turn = createLimit(jobs);
  const packing = createLimit(() => isFar() ? JOBS : PACKED_AT_A_TIME);
  // What is there can be mounted, too: it is asked for only where a mount has not been granted.
  let mountsFirst = to.traits.mountsUnasked === true;

  const store = async (blob: ImageBlob, kind: BlobKind): Promise<Lacking | void> => {
    signal.throwIfAborted();
    const { descriptor } = blob.content;
    const tryMount = async (): Promise<boolean> => {
      if (from === undefined || kind === "manifest" || dryRun) return false;
      const isMounted = await to.mount?.(descriptor, from) ?? false;
      mountsFirst &&= isMounted;
      return isMounted;
    };
    const wasTried = mountsFirst;
    if (wasTried && await tryMount()) return note(kind, descriptor, "mounted");
    if (await isThere(to, descriptor)) return note(kind, descriptor, "exists");
    if (dryRun) return note(kind, descriptor, "moved");
    if (!wasTried && await tryMount()) return note(kind, descriptor, "mounted");
    if (kind !== "manifest") await to.expect?.(descriptor);
    const put = () =>
      turn(async () => {
        signal.throwIfAborted();
        return await to.put(watchBlob(blob, { onEvent, signal }, kind));
      });
    const lacking = await (blob.content.isPackedHere ? packing(put) : put());
    if (lacking) return lacking;
    note(kind, descriptor, "moved");
  };
  const storeNamed = async (blob: ImageBlob, name: () => Promise<void>): Promise<void> => {
    const { kind, content: { descriptor } } = blob;
    if (await isThere(to, descriptor)) return note(kind, descriptor, "exists");
    onEvent?.({ type: "start", kind, descriptor });
    onEvent?.({ type: "progress", descriptor, bytes: descriptor.size });
    await name();
    note(kind, descriptor, "moved");
  };
  const fail = (error: unknown, what: string): never => {
    const failed = breakOff.signal.aborted ? error : failureOf(error, what);
    breakOff.abort(failed);
    throw failed;
  };
  const track = (blob: ImageBlob, kind: BlobKind, storing: Promise<Lacking | void>) => {
    const { digest } = blob.content.descriptor;
    const moving = storing.then((lacking) => {
      if (lacking) under.delete(digest); // it is to be tried again
      return lacking;
    }, (error) => fail(error, `${kind} ${digest}`));
    moving.catch(() => {}); // it is shown by settle(), which may be called much later
    under.set(digest, moving);
    return moving;
  };
  const move = (blob: ImageBlob, kind = blob.kind): Promise<Lacking | void> =>
    under.get(blob.content.descriptor.digest) ?? track(blob, kind, look(() => store(blob, kind)));
  const unnamed = createUnnamedTaker(to, {
    turn,
    signal,
    fail: (error) => fail(error, "a blob that is made"),
    findUnderWay: ({ content }) => under.get(content.descriptor.digest),
    storeNamed: (blob, name) => track(blob, blob.kind, storeNamed(blob, name)),
  });
  return {
    takeUnnamed: unnamed?.take,
    move: (blob) => move(blob),
    begin: (blob) => void move(blob),
    beginLayer: (content) => void move({ kind: "blob", content }, "layer"),
    isThere: ({ kind, content }) => note(kind, content.descriptor, "exists"),
    async settle() {
      // All of them, so that nothing is under way any more; then the failure that broke them off.
      await Promise.allSettled(under.values());
      breakOff.signal.throwIfAborted();
      await Promise.all(under.values());
    },
    forget(lacks) {
      if (lacks === "all") under.clear();
      else for (const digest of lacks) under.delete(digest);
    },
    totals,
    async [Symbol.asyncDispose]() {
      breakOff.abort();
      await Promise.allSettled(under.values());
      await unnamed?.[Symbol.asyncDispose]();
    },
  };
}

async function isThere(to: Sink, descriptor: Descriptor): Promise<boolean> {
  try {
    return await to.has(descriptor);
  } catch (error) {
    throw wrapError(error, "looking for it at the destination");
  }
}

/** Returns a failure, as what happened to the blob: the sink's, where it is not the source's. */
function failureOf(error: unknown, what: string): unknown {
  const doing = error instanceof NixociError ? what : `storing ${what}`;
  return markSide("destination", wrapError(error, doing));
}

/** Notes the way of each blob, and says it; counts each once. */
function countArrivals(onEvent: MoverOptions["onEvent"]) {
  const ways = new Map<Digest, { readonly kind: BlobKind; readonly how: Arrival }>();
  let bytes = 0;
  return {
    note(kind: BlobKind, descriptor: Descriptor, how: Arrival): void {
      const { digest, size } = descriptor;
      if (how !== "moved" && ways.has(digest)) return; // it was looked for again, and is there
      ways.set(digest, { kind, how });
      if (how === "moved" && kind !== "manifest") bytes += size;
      onEvent?.({ type: "done", kind, descriptor, how });
    },
    totals(): Totals {
      const blobs = { moved: 0, exists: 0, mounted: 0 };
      for (const { kind, how } of ways.values()) if (kind !== "manifest") blobs[how]++;
      return { blobs, bytes };
    },
  };
}
