/** The downloads from a host that are under way, of which a large one may take several connections. */
import type { Session } from "../session.ts";

/** The most connections with which a large blob is fetched, those of all other downloads counted. */
const MOST = 8;

/** Above this many blobs at a time the way is shared anyway. */
const FEW = 3;

/** The connections of downloads. */
export interface Downloads {
  /** Counts a connection in; the function returned counts it out. */
  begin(): () => void;
  /** Tells whether there is room for one more. */
  readonly hasRoom: boolean;
  /** Tells whether there are more than there should be. */
  readonly isOver: boolean;
  /** Tells whether so few blobs move that one of them may be split, and have more than it has. */
  readonly isFew: boolean;
}

const counts = new WeakMap<object, { connections: number }>();

/** Returns the downloads of all sessions with a host, as one of them sees them. */
export function downloadsOf({ retry, jobs = MOST }: Session): Downloads {
  const host = retry.pace ?? retry;
  const count = counts.get(host) ?? { connections: 0 };
  counts.set(host, count);
  const most = Math.min(jobs, MOST);
  return {
    begin() {
      let isOpen = true;
      count.connections++;
      return () => {
        if (isOpen) count.connections--;
        isOpen = false;
      };
    },
    get hasRoom() {
      return count.connections < most;
    },
    get isOver() {
      return count.connections > most;
    },
    get isFew() {
      return count.connections <= FEW && count.connections < most;
    },
  };
}
