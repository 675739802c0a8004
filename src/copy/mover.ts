/** Moves blobs into a sink: each digest once, what is there not at all, so many at a time. */
import type { CopyEvent } from "./events.ts";
import type { Content } from "../image/content.ts";
import type { BlobKind, ImageBlob } from "../image/root.ts";
import type { CanTakeUnnamed, Lacking, Sink } from "../image/sink.ts";
import { type Arrivals, createArrivals, type Totals } from "./arrivals.ts";
import { createBlobPutter, isBlobThere, type PutterOptions } from "./put-blob.ts";
import { createBlobTurns, type TurnOptions } from "./turns.ts";
import { createUnderWay } from "./under-way.ts";
import { createUnnamedTaker } from "./unnamed.ts";

/** The options of a mover. */
export interface MoverOptions extends TurnOptions, Pick<PutterOptions, "from" | "dryRun"> {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: CopyEvent) => void;
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

/** Creates a mover of blobs into the sink. */
export function createBlobMover(to: Sink, options: MoverOptions): BlobMover {
  const { onEvent, from, dryRun } = options;
  const arrivals = createArrivals(onEvent);
  const turns = createBlobTurns(to, options);
  const underWay = createUnderWay(options.signal);
  const { signal } = underWay;
  const put = createBlobPutter(to, { turns, watcher: { onEvent, signal }, from, dryRun });
  const putAndNote = async (blob: ImageBlob, kind: BlobKind): Promise<Lacking | void> => {
    const how = await put(blob, kind);
    if (typeof how !== "string") return how;
    arrivals.note(kind, blob.content.descriptor, how);
  };
  const move = (blob: ImageBlob, kind = blob.kind): Promise<Lacking | void> =>
    underWay.find(blob) ?? underWay.add(blob, kind, turns.look(() => putAndNote(blob, kind)));
  const unnamed = createUnnamedTaker(to, {
    turn: turns.move,
    signal,
    fail: (error) => underWay.fail(error, "a blob that is made"),
    findUnderWay: underWay.find,
    storeNamed: (blob, name) =>
      underWay.add(blob, blob.kind, putNamed(to, blob, name, { arrivals, onEvent })),
  });
  return {
    takeUnnamed: unnamed?.take,
    move: (blob) => move(blob),
    begin: (blob) => void move(blob),
    beginLayer: (content) => void move({ kind: "blob", content }, "layer"),
    isThere: ({ kind, content }) => arrivals.note(kind, content.descriptor, "exists"),
    settle: underWay.settle,
    forget: underWay.forget,
    totals: arrivals.totals,
    async [Symbol.asyncDispose]() {
      await underWay[Symbol.asyncDispose]();
      await unnamed?.[Symbol.asyncDispose]();
    },
  };
}

/** Gives its name to a blob whose bytes the sink has, unless that is there. */
async function putNamed(
  to: Sink,
  { kind, content: { descriptor } }: ImageBlob,
  name: () => Promise<void>,
  { arrivals, onEvent }: Pick<MoverOptions, "onEvent"> & { readonly arrivals: Arrivals },
): Promise<void> {
  if (await isBlobThere(to, descriptor)) return arrivals.note(kind, descriptor, "exists");
  onEvent?.({ type: "start", kind, descriptor });
  onEvent?.({ type: "progress", descriptor, bytes: descriptor.size });
  await name();
  arrivals.note(kind, descriptor, "moved");
}
