/** Says that a server is waited for, long before it is given up. */
import type { OnNotice } from "../../../src/base/notices.ts";

/** Watches requests for a server that does not answer. */
export interface SilenceWatch {
  /** Passes the host's answer on. Not for requests with a body: these take their time, and have their own progress. */
  watch<T>(answer: Promise<T>, host: string): Promise<T>;
}

// Of our patience: ten seconds of a minute.
const SOON = 1 / 6;

/**
 * Creates it. Of several requests that wait it speaks once, and again when there was an answer since.
 * @param patience after which a server is given up, in milliseconds; 0: never, and nothing is said.
 */
export function createSilenceWatch(
  patience: number,
  onNotice: OnNotice | undefined,
): SilenceWatch {
  let isSaid = false;
  const seconds = (share: number): string => `${Math.ceil((patience * share) / 1000)} s`;
  const say = (host: string): void => {
    if (isSaid) return;
    isSaid = true;
    const message = `${host} has not answered for ${seconds(SOON)}; waiting up to ${seconds(1)}`;
    onNotice?.({ code: "WAITING", message });
  };
  return {
    async watch(answer, host) {
      if (patience === 0) return await answer;
      const timer = setTimeout(say, patience * SOON, host);
      try {
        const given = await answer;
        isSaid = false;
        return given;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
