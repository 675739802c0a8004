/** The requests of a session, and what decides how they are made. */
import type { Credentials } from "./auth/credentials.ts";
import type { RequestBody } from "../lib/http/exchange.ts";
import type { Endpoint } from "./endpoint.ts";
import type { RetryOptions } from "./http/retry.ts";

/** A request to the registry. */
export interface Ask {
  readonly method: string;
  /** Below `/v2/<repository>/`, from the root with a slash, or a URL that the registry gave us. */
  readonly to: string | URL;
  /** The statuses that are no failure. */
  readonly expect: readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  /** Repositories to read from beside the session's own (mounting). */
  readonly alsoFrom?: string;
  readonly signal?: AbortSignal | undefined;
  /** The caller tries again by itself: it knows how far it came. */
  readonly once?: boolean;
}

/** The options of a session. */
export interface SessionOptions extends RetryOptions {
  /** The actions that tokens are asked for. */
  readonly action: "pull" | "pull,push" | "catalog" | "none";
  readonly certDir?: string | undefined;
  /** The least that has to come of a body, in bytes a second. */
  readonly minRate?: number | undefined;
  /** The most requests in a second that the host gets. */
  readonly perSecond?: number | undefined;
  /** The number of blobs at a time; where it is not given, a large one may take several connections. */
  readonly jobs?: number | undefined;
  /** It is not a mirror, which another may stand in for: it gets time to start. */
  readonly isNamed?: boolean;
  /** Finds who asks, when the registry wants to know. */
  readonly credentials: (endpoint: Endpoint) => Promise<Credentials | undefined>;
}
