/** The state of a copy as its events tell it, for the displays. */
import type { Digest } from "../../bytes/digest.ts";
import type { BlobKind, CopyEvent } from "../../copy/events.ts";
import type { Descriptor } from "../../image/descriptor.ts";

/** A blob on its way. */
export interface Moving {
  readonly kind: BlobKind;
  readonly descriptor: Descriptor;
  /** Bytes that have moved so far. */
  readonly bytes: number;
  /** The time of its beginning, in milliseconds of the clock given. */
  readonly since: number;
}

/** A blob that is there, or a layer that has been read to its end to make another of it. */
export interface Finished extends Moving {
  readonly how: BlobWay | "packed";
  readonly until: number;
}

type BlobWay = "moved" | "exists" | "mounted";

/** The state of a copy. Manifests do not count: they are neither many nor large. */
export interface ProgressState {
  /** Those on their way, in the order in which they began. */
  readonly active: ReadonlyMap<Digest, Moving>;
  /** Layers that are being made into something else (compressed) before they can move. */
  readonly making: ReadonlyMap<Digest, Moving>;
  /** The number of layers made into something else, and the bytes read for that so far. */
  readonly packed: { readonly layers: number; readonly bytes: number };
  /** The number of blobs of the copy, and of those that are there. */
  readonly blobs: { readonly all: number; readonly done: number };
  /** Bytes of all blobs; of them those that are there; and those that moved, now or before. */
  readonly bytes: { readonly all: number; readonly done: number; readonly moved: number };
  /** Blobs that ended each way. */
  readonly ways: Readonly<Record<BlobWay, number>>;
  /** Tells whether all blobs are known; before that, those known are the ones made so far. */
  readonly isPlanned: boolean;
  /** Takes an event in; the blob that it ends, if it ends one, or has packed. */
  apply(event: CopyEvent): Finished | undefined;
  /** Bytes a second over the last few seconds, now: those that move, or while packing those read. */
  rate(): number;
  /** Seconds until the rest has moved at this rate; `undefined` when nobody can tell. */
  remaining(): number | undefined;
}

// Long enough to be calm, short enough to follow a change of the network's mind.
const WINDOW_MS = 5000;

type ProgressClock = () => number;

/** Creates an empty state. @param now the clock, in milliseconds. */
export function createProgressState(now: ProgressClock = () => performance.now()): ProgressState {
  const packing = createPacking(now);
  const transfer = createTransfer(now);
  const { bytes } = transfer;
  const measure = createSpeedometer(
    now,
    () => ({ moved: bytes.moved, packed: packing.packed.bytes }),
  );
  let isPlanned = false;
  const isPacking = (): boolean => !isPlanned && packing.packed.bytes > 0;
  const rate = (): number => measure(isPacking() ? "packed" : "moved");
  return {
    active: transfer.active,
    making: packing.making,
    packed: packing.packed,
    blobs: transfer.blobs,
    bytes,
    ways: transfer.ways,
    get isPlanned() {
      return isPlanned;
    },
    rate,
    remaining() {
      const speed = rate();
      return isPlanned && speed > 0 ? Math.max(0, bytes.all - bytes.done) / speed : undefined;
    },
    apply(event) {
      if ("kind" in event && event.kind === "manifest") return undefined;
      if (event.type === "plan") isPlanned = true;
      return event.type === "making" ? packing.apply(event) : transfer.apply(event);
    },
  };
}

/** Creates the state of the layers that are made into something else. */
function createPacking(now: ProgressClock) {
  const making = new Map<Digest, Moving>();
  const packed = { layers: 0, bytes: 0 };
  return {
    making,
    packed,
    apply({ descriptor, bytes }: CopyEvent & { type: "making" }): Finished | undefined {
      const { digest, size } = descriptor;
      const at = now();
      const { bytes: before, since } = making.get(digest) ?? { bytes: 0, since: at };
      packed.bytes += bytes - before;
      const one: Moving = { kind: "layer", descriptor, bytes, since };
      making.set(digest, one);
      if (bytes < size) return undefined;
      making.delete(digest);
      packed.layers++;
      return { ...one, how: "packed", until: at };
    },
  };
}

/** Creates the state of the blobs that move, or need not. */
function createTransfer(now: ProgressClock) {
  const active = new Map<Digest, Moving>();
  const known = new Set<Digest>();
  const blobs = { all: 0, done: 0 };
  const bytes = { all: 0, done: 0, moved: 0 };
  const ways = { moved: 0, exists: 0, mounted: 0 };
  const learn = ({ digest, size }: Descriptor): void => {
    if (known.has(digest)) return;
    known.add(digest);
    blobs.all++;
    bytes.all += size;
  };
  /** The layer that is written before it has a name. */
  let unnamed: { readonly bytes: number; readonly since: number } | undefined;
  const move = (more: number): void => {
    bytes.moved += more;
    bytes.done += more;
  };
  const write = (bytes: number): void => {
    move(bytes - (unnamed?.bytes ?? 0));
    unnamed = { bytes, since: bytes === 0 ? now() : unnamed?.since ?? now() };
  };
  const advance = ({ descriptor: { digest }, bytes }: CopyEvent & { type: "progress" }): void => {
    const moving = active.get(digest);
    if (moving === undefined) return;
    // A retry may begin again: the number then goes back, and the total with it.
    move(bytes - moving.bytes);
    active.set(digest, { ...moving, bytes });
  };
  const end = ({ kind, descriptor, how }: CopyEvent & { type: "done" }): Finished => {
    learn(descriptor);
    const { digest, size } = descriptor;
    const at = now();
    const isUnnamed = how === "moved" && !active.has(digest);
    const begun = isUnnamed ? unnamed : active.get(digest);
    const moving = { bytes: 0, since: at, ...begun, kind, descriptor };
    if (isUnnamed) unnamed = undefined;
    active.delete(digest);
    if (how === "moved") move(size - moving.bytes);
    else bytes.done += size;
    blobs.done++;
    ways[how]++;
    return { ...moving, bytes: size, how, until: at };
  };
  return {
    active,
    blobs,
    bytes,
    ways,
    apply(event: CopyEvent): Finished | undefined {
      if (event.type === "writing") write(event.bytes);
      if (event.type === "plan") {
        write(0); // the last one was there
        unnamed = undefined;
        for (const { descriptor } of event.blobs) learn(descriptor);
      }
      if (event.type === "start") {
        const { kind, descriptor } = event;
        learn(descriptor);
        active.set(descriptor.digest, { kind, descriptor, bytes: 0, since: now() });
      }
      if (event.type === "progress") advance(event);
      // The next image may be for another place, which has none of these yet.
      if (event.type === "committed") known.clear();
      return event.type === "done" ? end(event) : undefined;
    },
  };
}

interface ByteTotals {
  readonly moved: number;
  readonly packed: number;
}

/** Creates what measures speeds over the last few seconds, in bytes a second. */
function createSpeedometer(
  now: ProgressClock,
  read: () => ByteTotals,
): (of: keyof ByteTotals) => number {
  const samples = [{ at: now(), ...read() }];
  return (of) => {
    const at = now();
    if (at - samples.at(-1)!.at >= 100) samples.push({ at, ...read() });
    while (samples.length > 2 && at - samples[0]!.at > WINDOW_MS) samples.shift();
    const first = samples[0]!;
    return at === first.at ? 0 : (read()[of] - first[of]) / (at - first.at) * 1000;
  };
}
