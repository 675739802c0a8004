/** Moves blobs into a sink: each digest once, what is there not at all, so many at a time. */
import type { Digest } from "../bytes/digest.ts";
import { during } from "../base/errors.ts";
import type { BlobKind, CopyEvent } from "./events.ts";
import type { Content } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { Sink } from "../image/root.ts";
import { metered } from "./metered.ts";

export interface MoverOptions {
  readonly jobs?: number;
  /** The repository that the content is in, for sinks that can mount from it. */
  readonly from?: string | undefined;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: CopyEvent) => void;
}

/** Blobs on their way; disposing breaks off what is under way and waits until it has let go. */
export interface Mover extends AsyncDisposable {
  /** Lets content move as soon as there is room for it. A failure shows in `settled`. */
  begin(kind: BlobKind, content: Content): void;
  /** The same, awaited. */
  move(kind: BlobKind, content: Content): Promise<void>;
  /** Counts content as there without asking for it. */
  isThere(kind: BlobKind, descriptor: Descriptor): void;
  /** Everything begun is done; throws the first failure, after which nothing new begins. */
  settled(): Promise<void>;
  readonly totals: {
    readonly blobs: Record<"moved" | "exists" | "mounted", number>;
    readonly bytes: number;
  };
}

// Six at a time saturate a loopback registry, and are what browsers and most registries' limits suit.
const JOBS = 6;

export function mover(to: Sink, options: MoverOptions): Mover {
  const blobs = { moved: 0, exists: 0, mounted: 0 };
  const totals = { blobs, bytes: 0 };
  const under = new Map<Digest, Promise<void>>();
  const breakOff = new AbortController();
  const signal = options.signal
    ? AbortSignal.any([options.signal, breakOff.signal])
    : breakOff.signal;
  const turn = atMost(Math.max(1, Math.min(options.jobs ?? JOBS, to.parallel)));

  const done = (kind: BlobKind, descriptor: Descriptor, how: keyof typeof blobs): void => {
    blobs[how]++;
    if (how === "moved") totals.bytes += descriptor.size;
    options.onEvent?.({ type: "done", kind, descriptor, how });
  };
  const store = async (kind: BlobKind, content: Content): Promise<void> => {
    signal.throwIfAborted();
    const { descriptor } = content;
    if (await to.has(descriptor)) return done(kind, descriptor, "exists");
    if (options.dryRun) return done(kind, descriptor, "moved");
    if (options.from !== undefined && await to.mount?.(descriptor, options.from)) {
      return done(kind, descriptor, "mounted");
    }
    options.onEvent?.({ type: "start", kind, descriptor });
    await to.put(metered(content, signal, (bytes) => {
      options.onEvent?.({ type: "progress", descriptor, bytes });
    }));
    done(kind, descriptor, "moved");
  };
  const move = (kind: BlobKind, content: Content): Promise<void> => {
    const { digest } = content.descriptor;
    const already = under.get(digest);
    if (already) return already;
    const moving = turn(() => store(kind, content)).catch((error) => {
      const failed = breakOff.signal.aborted ? error : during(error, `${kind} ${digest}`);
      breakOff.abort(failed);
      throw failed;
    });
    moving.catch(() => {}); // it is shown by settled(), which may be called much later
    under.set(digest, moving);
    return moving;
  };
  return {
    totals,
    move,
    begin: (kind, content) => void move(kind, content),
    isThere: (kind, descriptor) => done(kind, descriptor, "exists"),
    async settled() {
      // All of them, so that nothing is under way any more; then the failure that broke them off.
      await Promise.allSettled(under.values());
      breakOff.signal.throwIfAborted();
      await Promise.all(under.values());
    },
    async [Symbol.asyncDispose]() {
      breakOff.abort();
      await Promise.allSettled(under.values());
    },
  };
}

/** Runs so many at a time, in the order of asking. */
function atMost(room: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (room === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else room--;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else room++;
    }
  };
}
