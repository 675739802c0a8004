/** What the global setup started: plain data, given to every test file. */
import { inject } from "vitest";
import type { Maker, Sample } from "./images/sample.ts";
import type { Missing, Part } from "./parts.ts";

/** A registry and how to get in. */
export interface Registry {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** `user:password`, where it asks for them. */
  readonly creds?: string;
  /** The folder that holds its CA, where it speaks TLS. */
  readonly certDir?: string;
}

/** The peers that are up. What `missing` names is not there, nor what depends on it. */
export interface Peers {
  readonly missing: Missing;
  /** Private, and removed when the run ends. */
  readonly folder: string;
  /** The environment for every command: a home and temporary folder of its own. */
  readonly env: Readonly<Record<string, string>>;
  readonly registries: {
    readonly plain?: Registry;
    readonly basic?: Registry;
    readonly token?: Registry;
    readonly tls?: Registry;
  };
  /** The engines' sockets, `unix:///path`. */
  readonly engines: { readonly docker?: string; readonly podman?: string };
  /** Images that the peers have made. */
  readonly samples: readonly Sample[];
}

declare module "vitest" {
  interface ProvidedContext {
    peers: Peers;
  }
}

/** The peers of this run. */
export const peers: Peers = inject("peers");

/** What a test may need: a part, or the image of a maker. */
export type Need = Part | Pick<Maker, "needs">;

/** Which parts of all that is needed are not here. */
export function lacking(...needs: readonly Need[]): Part[] {
  const parts = needs.flatMap((need) => typeof need === "string" ? [need] : need.needs);
  return [...new Set(parts)].filter((part) => peers.missing[part] !== undefined);
}

/** Whether anything of it is missing: `test.skipIf(lacks("docker", buildah))(…)`. */
export function lacks(...needs: readonly Need[]): boolean {
  return lacking(...needs).length > 0;
}

/** The value, or an error that says that a test forgot to name what it needs. */
export function need<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is not running; name it in lacks()`);
  return value;
}
