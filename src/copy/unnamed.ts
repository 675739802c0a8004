/** Blobs that a sink gets before they have a name: they have their turn, and fail, as those that move. */
import type { Limit } from "../bytes/flow/limit.ts";
import type { ImageBlob } from "../image/root.ts";
import type { CanTakeUnnamed, Sink, UnnamedBlob } from "../image/sink.ts";

/** The ways of the mover that they are part of. */
interface TakerMeans {
  /** Runs work when it is its turn to move. */
  readonly turn: Limit;
  readonly signal: AbortSignal;
  /** Finds the end of a blob's way that has begun. */
  findUnderWay(blob: ImageBlob): Promise<unknown> | undefined;
  /** Gives a blob its name, unless it is there, and counts it. */
  storeNamed(blob: ImageBlob, name: () => Promise<void>): Promise<unknown>;
  /** Breaks off all that moves. @throws why. */
  fail(error: unknown): never;
}

/** Gets blobs for the sink. Disposing of it disposes of those that have been left without a name. */
interface UnnamedTaker extends AsyncDisposable {
  readonly take: CanTakeUnnamed["takeUnnamed"];
}

/** Creates it, where the sink takes such blobs. */
export function createUnnamedTaker(to: Sink, means: TakerMeans): UnnamedTaker | undefined {
  if (to.takeUnnamed === undefined) return undefined;
  const open = new Set<UnnamedBlob>();
  return {
    async take(options) {
      const endTurn = await takeTurn(means.turn);
      try {
        means.signal.throwIfAborted();
        const taken = await to.takeUnnamed!(options).catch(means.fail);
        if (taken === undefined) {
          endTurn();
          return undefined;
        }
        const blob = watchUnnamed(taken, means, () => {
          open.delete(blob);
          endTurn();
        });
        open.add(blob);
        return blob;
      } catch (error) {
        endTurn();
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([...open].map((blob) => blob[Symbol.asyncDispose]()));
    },
  };
}

function watchUnnamed(taken: UnnamedBlob, means: TakerMeans, end: () => void): UnnamedBlob {
  const { signal, findUnderWay, storeNamed, fail } = means;
  let disposing: Promise<void> | undefined;
  const disposeNow = async (): Promise<void> => {
    try {
      await taken[Symbol.asyncDispose]();
    } finally {
      end();
    }
  };
  const dispose = (): Promise<void> => disposing ??= disposeNow();
  return {
    async write(bytes) {
      signal.throwIfAborted();
      await taken.write(bytes).catch(fail);
    },
    async name(blob) {
      signal.throwIfAborted();
      const underWay = findUnderWay(blob);
      if (underWay === undefined) return void await storeNamed(blob, () => taken.name(blob));
      await dispose(); // the other one may wait for its turn
      await underWay;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** Waits for a turn; returns the function that ends it. */
function takeTurn(turn: Limit): Promise<() => void> {
  return new Promise((resolve) => void turn(() => new Promise<void>((end) => resolve(end))));
}
