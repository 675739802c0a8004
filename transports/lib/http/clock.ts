/** A clock that runs only while somebody else is being waited for. */

export interface Clock {
  /** Starts the other side's turn: it has so many periods. */
  wait(periods?: number): void;
  /** Starts our own turn, which may take its time. */
  rest(): void;
  /** Gives the other side its time anew, if it is its turn: it has done something. */
  refresh(): void;
  stop(): void;
}

/** Calls `onExpiry` when a wait has lasted too long; periods in milliseconds, 0 for no end. */
export function createClock(period: number, onExpiry: () => void): Clock {
  let allowed = 0;
  let left = 0;
  let timer = period === 0 ? undefined : setTimeout(() => {
    if (left > 0 && --left === 0) onExpiry();
    else timer?.refresh();
  }, period);
  const wait = (periods = 1): void => {
    left = allowed = periods;
    timer?.refresh();
  };
  return {
    wait,
    rest: () => void (left = allowed = 0),
    refresh: () => wait(allowed),
    stop() {
      clearTimeout(timer);
      timer = undefined; // one that is refreshed runs again
    },
  };
}
