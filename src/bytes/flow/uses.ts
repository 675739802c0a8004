/** Counts the uses of something that is let go of when the last of them is over. */

/** The uses of one thing. */
export interface Uses {
  /** Begins a use; what it returns ends it. */
  begin(): () => void;
  /** Waits until there is none. */
  waitForNone(): Promise<void>;
}

/** Makes the count, which is 0. */
export function createUses(): Uses {
  const none = Promise.withResolvers<void>();
  let [uses, isAwaited] = [0, false];
  const look = (): void => {
    if (isAwaited && uses === 0) none.resolve();
  };
  return {
    begin() {
      uses++;
      return () => {
        uses--;
        look();
      };
    },
    async waitForNone() {
      isAwaited = true;
      look();
      await none.promise;
    },
  };
}
