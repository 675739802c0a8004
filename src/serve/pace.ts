/** Clients that send or take too little at a time: each holds a connection, and memory. */

/** The least that clients have to do. */
export interface ClientRate {
  /** Bytes a second; 0 for any. */
  readonly rate: number;
  /** Milliseconds that it is measured over, of those that are spent waiting for the client. */
  readonly window: number;
}

/** The usual one: 1 KiB a second over a minute. */
export const CLIENT_RATE: ClientRate = { rate: 1024, window: 60_000 };

/** The pace of one call. The time that is taken here, to build a layer or to write a disk, is not counted. */
export interface ClientPace {
  /** Notes a step of the client's: so many bytes, for which it was waited so long. */
  note(bytes: number, milliseconds: number): void;
  /** Notes that so many bytes are on their way to the client; returns what to call when they are there. */
  begin(bytes: number): () => void;
}

/** Watches all calls of a server. */
export interface PaceKeeper {
  /** Begins to watch a call. @param giveUp is called when its client is too slow. */
  watch(giveUp: () => void): ClientPace;
  stop(): void;
}

/** Makes a keeper. It has one timer for all. */
export function createPaceKeeper({ rate, window }: ClientRate): PaceKeeper {
  const sending = new Set<() => void>();
  const timer = setInterval(() => {
    for (const check of sending) check();
  }, window / CHECKS);
  timer.unref();
  const watch = (giveUp: () => void): ClientPace => {
    let [bytes, waited] = [0, 0];
    const note = (more: number, milliseconds: number): void => {
      bytes += more;
      waited += milliseconds;
      if (waited < window) return;
      if (bytes * 1000 < rate * waited) giveUp();
      [bytes, waited] = [0, 0];
    };
    return {
      note,
      begin(size) {
        const began = performance.now();
        // A chunk that never gets there is no step.
        const latest = began + window + size * 1000 / rate;
        const check = (): void => void (performance.now() > latest && giveUp());
        sending.add(check);
        return () => {
          sending.delete(check);
          note(size, performance.now() - began);
        };
      },
    };
  };
  return { watch, stop: () => clearInterval(timer) };
}

const CHECKS = 10;
