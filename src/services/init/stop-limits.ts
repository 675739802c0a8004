/** The time that services have to stop: all of them in what a container has. */
import type { Notice } from "../../base/notices.ts";
import type { OrderedService } from "./order.ts";

/** Milliseconds that a container has for its stop: Docker kills it after ten seconds. */
export const STOP_TIME = 8000;

/** Milliseconds of them for all that is not a service. */
export const STOP_RESERVE = 1000;

/** Milliseconds of a service that says nothing. */
const USUAL = 5000;

/** The limit of each service by its name, and what is to be said of those that were cut. */
export interface StopLimits {
  readonly limits: ReadonlyMap<string, number>;
  readonly notices: readonly Notice[];
}

/**
 * Shares the time of the stop out: levels stop one after the other, the services of a level
 * together, and what is longer than its share is cut.
 * @param whole milliseconds for all of them.
 */
export function shareStopTime(ordered: readonly OrderedService[], whole: number): StopLimits {
  const wanted = ({ service }: OrderedService) => service.stopTimeout ?? USUAL;
  const levels = new Map<number, number>();
  for (const one of ordered) {
    levels.set(one.level, Math.max(levels.get(one.level) ?? 0, wanted(one)));
  }
  const all = Math.max(whole - STOP_RESERVE, 100);
  const most = computeCap([...levels.values()], all);
  const limits = new Map(ordered.map((one) => [one.service.name, Math.min(wanted(one), most)]));
  const notices = ordered.flatMap(({ service: { name, origin, stopTimeout } }) => {
    const limit = limits.get(name)!;
    if (stopTimeout === undefined || stopTimeout <= limit) return [];
    const asked = stopTimeout === Infinity ? "no limit" : `${stopTimeout} ms`;
    const message =
      `${origin}: its time to stop, ${asked}, is cut to ${limit} ms, for services have ` +
      `${all} ms of the ${whole} ms that the whole stop may take; init.stopTimeout gives more to ` +
      "those who stop containers with a longer limit (docker stop -t)";
    return [{ code: "SERVICE" as const, message }];
  });
  return { limits, notices };
}

/** Computes the most that each may have, so that all together have no more than the whole. */
function computeCap(values: readonly number[], whole: number): number {
  let left = whole;
  const rising = [...values].sort((a, b) => a - b);
  for (const [i, value] of rising.entries()) {
    const share = Math.floor(left / (rising.length - i));
    if (value > share) return share;
    left -= value;
  }
  return Number.MAX_SAFE_INTEGER;
}
