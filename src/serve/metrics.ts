/** Numbers of a registry that runs, as OpenMetrics text. */
import type { CallRecord } from "./watch.ts";

/** Counts calls. */
export interface RegistryMetrics {
  add(record: CallRecord): void;
  /**
   * Formats what was counted since the registry began, and what is so now.
   * @see https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
   */
  format(now: RegistryGauges): string;
}

/** Numbers that others keep. */
export interface RegistryGauges {
  readonly uploads: number;
  readonly connections: number;
  /** Of a cache that is bounded: what is in it, and what has gone from it. */
  readonly cache?: {
    readonly bytes: number;
    readonly evictedBytes: number;
    readonly evictedBlobs: number;
  };
}

/** The content type of OpenMetrics text. */
export const METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/**
 * Makes counters at zero. Their labels are methods and statuses only, which clients cannot invent.
 * @example
 * ```ts
 * import { createRegistryMetrics } from "nixoci";
 * const text = createRegistryMetrics().format({ uploads: 0, connections: 2 });
 * console.log(/connections \d/.exec(text)?.[0]); // connections 2
 * ```
 */
export function createRegistryMetrics(): RegistryMetrics {
  const calls = new Map<string, number>();
  let [seconds, received, sent] = [0, 0, 0];
  return {
    add(record) {
      const label = `{method="${methodLabelOf(record.method)}",status="${record.status}"}`;
      calls.set(label, (calls.get(label) ?? 0) + 1);
      seconds += record.seconds;
      received += record.received;
      sent += record.sent;
    },
    format({ uploads, connections, cache }) {
      const lines = [...calls].map(([label, count]) => `_total${label} ${count}`);
      return [
        ...formatFamily("requests", "counter", "Requests that were answered.", lines),
        ...formatFamily("request_seconds", "counter", "Time that answering took, in sum.", [
          `_total ${seconds.toFixed(3)}`,
        ]),
        ...formatFamily("received_bytes", "counter", "Bytes of bodies that came.", [
          `_total ${received}`,
        ]),
        ...formatFamily("sent_bytes", "counter", "Bytes of bodies that were sent.", [
          `_total ${sent}`,
        ]),
        ...formatFamily("uploads", "gauge", "Uploads under way.", [` ${uploads}`]),
        ...formatFamily("connections", "gauge", "Clients that are connected.", [
          ` ${connections}`,
        ]),
        ...cache === undefined ? [] : formatCache(cache),
        "# EOF",
        "",
      ].join("\n");
    },
  };
}

function formatCache(
  { bytes, evictedBytes, evictedBlobs }: NonNullable<RegistryGauges["cache"]>,
): string[] {
  return [
    ...formatFamily("cache_bytes", "gauge", "Bytes of blobs in the cache.", [` ${bytes}`]),
    ...formatFamily("cache_evicted_bytes", "counter", "Bytes of blobs that have gone from it.", [
      `_total ${evictedBytes}`,
    ]),
    ...formatFamily("cache_evicted_blobs", "counter", "Blobs that have gone from it.", [
      `_total ${evictedBlobs}`,
    ]),
  ];
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

function methodLabelOf(method: string): string {
  return METHODS.includes(method) ? method : "other";
}

function formatFamily(
  name: string,
  type: "counter" | "gauge",
  help: string,
  lines: readonly string[],
): string[] {
  const full = `nixoci_serve_${name}`;
  return [`# TYPE ${full} ${type}`, `# HELP ${full} ${help}`, ...lines.map((line) => full + line)];
}
