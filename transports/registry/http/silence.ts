/** Says that a server is waited for, long before it is given up. */
import type { OnNotice } from "../../../src/base/notices.ts";
import type { HttpRequest } from "../../lib/http/exchange.ts";

/** Watches requests for a server that does not answer. */
export interface SilenceWatch {
  /** Passes the answer on. A request with a body takes its time, and has its own progress. */
  watch<T>(answer: Promise<T>, request: Pick<HttpRequest, "url" | "body">): Promise<T>;
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
  const say = ({ host }: URL): void => {
    if (isSaid) return;
    isSaid = true;
    const message = `${host} has not answered for ${seconds(SOON)}; waiting up to ${seconds(1)}`;
    onNotice?.({ code: "WAITING", message });
  };
  return {
    async watch(answer, { url, body }) {
      if (patience === 0 || body) return await answer;
      const timer = setTimeout(say, patience * SOON, url);
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
