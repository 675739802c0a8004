/** A clock that runs only while somebody else is being waited for. */

export interface Clock {
  /** Starts the other side's turn: it has so many periods. */
  wait(periods?: number): void;
  /** Starts our own turn, which may take its time. */
  rest(): void;
  /** Gives the other side its time anew, if it is its turn: it has sent so many bytes. */
  refresh(bytes?: number): void;
  /** From here on the bytes count: what comes before takes its time for other reasons. */
  measure(): void;
  stop(): void;
}

/**
 * Calls `onExpiry` when a wait has lasted too long, or brought too little.
 * @param period in milliseconds, 0 for no end.
 * @param onExpiry is told how much came in the last period.
 * @param rate the bytes a second that have to come while we wait, on the average of each period.
 */
export function createClock(period: number, onExpiry: (came: number) => void, rate = 0): Clock {
  let allowed = 0;
  let left = 0;
  // We may have been late ourselves: what has come meanwhile is taken in first.
  const expire = (): void => {
    if (timer !== undefined && left === 0 && allowed > 0) onExpiry(0);
    else timer?.refresh();
  };
  let timer = period === 0 ? undefined : setTimeout(() => {
    if (left > 0 && --left === 0) setImmediate(expire);
    else timer?.refresh();
  }, period);
  const wait = (periods = 1): void => {
    left = allowed = periods;
    timer?.refresh();
  };
  const flow = createFlowMeter(period, rate, onExpiry);
  return {
    wait(periods) {
      wait(periods);
      flow.begin();
    },
    rest() {
      left = allowed = 0;
      flow.end();
    },
    refresh(bytes = 0) {
      wait(allowed);
      flow.add(bytes);
    },
    measure: flow.reset,
    stop() {
      clearTimeout(timer);
      timer = undefined; // one that is refreshed runs again
    },
  };
}

/** Measures what comes in the time that we wait: our own time is not the other side's. */
function createFlowMeter(period: number, rate: number, onExpiry: (came: number) => void) {
  const least = (rate * period) / 1000;
  let isMeasuring = false;
  let came = 0;
  let waited = 0;
  let since: number | undefined;
  const end = (): void => {
    if (since !== undefined) waited += performance.now() - since;
    since = undefined;
  };
  return {
    begin: () => void (since ??= performance.now()),
    end,
    reset() {
      isMeasuring = least > 0;
      came = waited = 0;
      since &&= performance.now();
    },
    add(bytes: number): void {
      came += bytes;
      if (!isMeasuring || since === undefined) return;
      end();
      since = performance.now();
      if (waited < period) return;
      const last = came;
      came = waited = 0;
      // As a timer would: what came is taken in first.
      if (last < least) queueMicrotask(() => onExpiry(last));
    },
  };
}

/** The code of the error when nothing comes. */
export const STALLED = "STALLED";

/** The code of the error when hardly anything comes. */
export const SLOW = "SLOW";

/** Makes the error for a server from which so many bytes came in so many milliseconds. */
export function stalledError(host: string, patience: number, came = 0): Error {
  const what = came > 0 ? `${came} bytes` : "nothing";
  const message = `${what} came from ${host} for ${Math.ceil(patience / 1000)} s`;
  return Object.assign(new Error(message), { code: came > 0 ? SLOW : STALLED });
}
