/** A clock that runs only while somebody else is being waited for. */

export interface Clock {
  /** It is the other side's turn: it has so many periods. */
  wait(periods?: number): void;
  /** It is our own turn, which may take its time. */
  rest(): void;
  stop(): void;
}

/** Calls `onExpiry` when a wait has lasted too long; periods in milliseconds. */
export function clock(period: number, onExpiry: () => void): Clock {
  let left = 0;
  const timer = setTimeout(() => {
    if (left > 0 && --left === 0) onExpiry();
    else timer.refresh();
  }, period);
  return {
    wait(periods = 1) {
      left = periods;
      timer.refresh();
    },
    rest: () => void (left = 0),
    stop: () => clearTimeout(timer),
  };
}
