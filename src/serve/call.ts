/** A request to the registry and what it is answered, as plain values. */
import type { IncomingHttpHeaders } from "node:http";
import type { ByteStream } from "../bytes/stream.ts";
import { encodeJson } from "../image/json.ts";

/** One request. */
export interface RegistryCall {
  readonly method: string;
  /** Path and query; the host says nothing. */
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** The address that it came from; empty where nobody knows. */
  readonly client: string;
  /** The user who has signed in. */
  readonly user?: string;
  /** Can be read once; fails when the client breaks off. */
  readonly body: ByteStream;
  /** Fires when the client is gone before it has its answer. */
  readonly signal: AbortSignal;
  /** Breaks the connection off: nothing more is read or sent. */
  abort(): void;
}

/** The answer to a request. */
export interface RegistryAnswer {
  readonly status: number;
  /** Those that are `undefined` are not sent. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** A stream comes with its length in `headers`, and is not opened for HEAD. */
  readonly body?: Uint8Array | ByteStream;
}

/** Answers calls. */
export type RegistryHandler = (call: RegistryCall) => Promise<RegistryAnswer>;

/** Stands around the registry: may answer itself, or change what goes in and what comes out. */
export type Around = (call: RegistryCall, next: RegistryHandler) => Promise<RegistryAnswer>;

/**
 * Codes of the distribution specification, and what it leaves open: `RANGE_INVALID`, `UNKNOWN`.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 */
export type ProblemCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "SIZE_INVALID"
  | "UNAUTHORIZED"
  | "DENIED"
  | "UNSUPPORTED"
  | "TOOMANYREQUESTS"
  | "PAGINATION_NUMBER_INVALID"
  | "RANGE_INVALID"
  | "UNKNOWN";

/** Makes an answer that says what is wrong: a line for people, a code for programs. */
export function createProblem(
  status: number,
  code: ProblemCode,
  message: string,
  detail?: unknown,
): RegistryAnswer {
  const error = detail === undefined ? { code, message } : { code, message, detail };
  return createJsonAnswer(status, { errors: [error] });
}

/** Makes an answer in JSON. */
export function createJsonAnswer(
  status: number,
  value: unknown,
  headers: RegistryAnswer["headers"] = {},
): RegistryAnswer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: encodeJson(value),
  };
}
