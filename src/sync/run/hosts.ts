/** The hosts of a run: how each is reached, how much it is asked at a time, and whether it answers. */
import { codeOf, NixociError, sideOf } from "../../base/errors.ts";
import { omitMissing } from "../../base/omit-missing.ts";
import { createLimit, type Limit } from "../../bytes/flow/limit.ts";
import type { ImageToSync } from "../images/find.ts";
import type { SyncSide } from "../means.ts";
import type { HostRules } from "../model.ts";

/** The knowledge of a run about its hosts. */
export interface Hosts {
  /** Adds what is to be said of a host to the options of a side. */
  complete(host: string | undefined, common: SyncSide): SyncSide;
  /** Runs a transfer between the two places, when both have room for it. */
  runTransfer<T>(image: ImageToSync, work: () => Promise<T>): Promise<T>;
  /** @throws NixociError `NETWORK` when one of the image's hosts has been given up. */
  check(image: ImageToSync): void;
  /** Notes how work on an image ended: hosts that never answer are given up. */
  note(image: ImageToSync, error?: unknown): void;
}

// Each has been tried again for a while by then.
const GIVE_UP_AFTER = 3;

/** Creates it. */
export function createHosts(rules: Readonly<Record<string, HostRules>>): Hosts {
  const limits = new Map<string, Limit>();
  const silences = new Map<string, number>();
  const limitOf = (host: string): Limit | undefined => {
    const { parallel } = rulesOf(host);
    if (parallel === undefined) return undefined;
    const limit = limits.get(host) ?? createLimit(parallel);
    limits.set(host, limit);
    return limit;
  };
  const rulesOf = (host: string): HostRules => (Object.hasOwn(rules, host) ? rules[host]! : {});
  return {
    complete(host, common) {
      if (host === undefined || !Object.hasOwn(rules, host)) return common;
      const { username, password, certDir, tlsVerify, perSecond } = rulesOf(host);
      const creds = username === undefined ? undefined : `${username}:${password ?? ""}`;
      return { ...common, registry: omitMissing({ creds, certDir, tlsVerify, perSecond }) };
    },
    async runTransfer(image, work) {
      // In one order, so that no two wait for each other.
      const names = [...new Set(hostsOf(image))].sort();
      const run = names.reduce((inner, name) => {
        const limit = limitOf(name);
        return limit === undefined ? inner : () => limit(inner);
      }, work);
      return await run();
    },
    check(image) {
      const silent = hostsOf(image).find((host) => (silences.get(host) ?? 0) >= GIVE_UP_AFTER);
      if (silent === undefined) return;
      const message = `${silent} has not answered ${GIVE_UP_AFTER} times: it is not asked again`;
      throw new NixociError("NETWORK", message, { hint: "run it again when the host is back" });
    },
    note(image, error) {
      const { source, destination } = image;
      if (error === undefined) { for (const host of hostsOf(image)) silences.delete(host); }
      if (codeOf(error) !== "NETWORK") return;
      const side = sideOf(error) === "destination" ? destination : source;
      const host = side.image?.host;
      if (host !== undefined) silences.set(host, (silences.get(host) ?? 0) + 1);
    },
  };
}

function hostsOf({ source, destination }: ImageToSync): string[] {
  return [source.image?.host, destination.image?.host].filter((host) => host !== undefined);
}
