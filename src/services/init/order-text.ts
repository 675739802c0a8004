/** The order of services as the scripts of the init read it: variables and functions. */
import type { OrderedService } from "./order.ts";

/**
 * Tells whether s6 may start a service by itself: it waits for no other, and nobody has to listen
 * before it runs.
 */
export function canStartAtOnce({ service, after }: OrderedService): boolean {
  return after.length === 0 && service.readiness?.kind !== "notify" && !service.afterStart?.length;
}

/** Tells whether such a service is ready when it has started. */
export function isReadyAtOnce(ordered: OrderedService): boolean {
  const { type, readiness } = ordered.service;
  return canStartAtOnce(ordered) && type === "long-run" && readiness === undefined;
}

/** Writes `order.sh`. */
export function formatOrder(ordered: readonly OrderedService[]): string {
  const list = (wanted: (one: OrderedService) => boolean) =>
    ordered.filter(wanted).map(({ service }) => service.name).join(" ");
  const levels = Math.max(0, ...ordered.map(({ level }) => level));
  return [
    "# The services in the order of their start, and what they wait for.",
    `_services='${list(() => true)}'`,
    `_at_once='${list(canStartAtOnce)}'`,
    `_waiting='${list((one) => !canStartAtOnce(one))}'`,
    `_long_runs='${list(({ service }) => service.type === "long-run")}'`,
    `_levels=${levels}`,
    "needs_of() {",
    "  case $1 in",
    ...ordered.filter(({ after }) => after.length > 0).map(({ service, after, requires }) =>
      `    '${service.name}') _after='${after.join(" ")}' _requires='${requires.join(" ")}' ;;`
    ),
    "  esac",
    "}",
    "services_of() {",
    "  case $1 in",
    ...Array.from(
      { length: levels },
      (_, i) => `    ${i + 1}) _these='${list(({ level }) => level === i + 1)}' ;;`,
    ),
    "  esac",
    "}",
    "",
  ].join("\n");
}
