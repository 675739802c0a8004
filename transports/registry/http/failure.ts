/** The failures between us and a server, and whether trying again may help. */
import { type ErrorCode, NixociError } from "../../../src/base/errors.ts";

/** A server that could not be reached, broke off, or answered no. */
export class HttpFailure extends NixociError {
  /** The answer's status, when there was an answer. */
  readonly status: number | undefined;
  /** The distribution API's error codes in the answer: `MANIFEST_BLOB_UNKNOWN`. */
  readonly codes: readonly string[];
  /** The digests in the answer: of what it is about. */
  readonly digests: readonly string[];
  /** Tells whether the registry asks who we are. */
  readonly isChallenge: boolean;
  /** Tells whether the same request may succeed later. */
  readonly isTransient: boolean;
  /** The number of times that trying again is worth it, where that is another than usual. */
  readonly retries: number | undefined;
  /** The time that the server asks us to wait, in milliseconds. */
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, details: {
    readonly status?: number;
    readonly codes?: readonly string[];
    readonly digests?: readonly string[];
    readonly isChallenge?: boolean;
    readonly isTransient?: boolean;
    readonly retries?: number | undefined;
    readonly retryAfter?: number | undefined;
    readonly hint?: string | undefined;
    readonly cause?: unknown;
  } = {}) {
    const { cause, hint } = details;
    super(code, message, { ...(cause !== undefined && { cause }), ...(hint && { hint }) });
    this.status = details.status;
    this.codes = details.codes ?? [];
    this.digests = details.digests ?? [];
    this.isChallenge = details.isChallenge ?? false;
    this.isTransient = details.isTransient ?? false;
    this.retries = details.retries;
    this.retryAfter = details.retryAfter;
  }

  /** The same failure with another hint. */
  withHint(hint: string): HttpFailure {
    return new HttpFailure(this.code, this.message, { ...this, cause: this.cause, hint });
  }
}

/** Tells whether the same request may succeed later. */
export function isTransient(error: unknown): error is HttpFailure {
  return error instanceof HttpFailure && error.isTransient;
}

/** Tells whether it was answered at all. */
export function isAnswered(error: unknown): error is HttpFailure {
  return error instanceof HttpFailure && error.status !== undefined;
}

/** Tells whether it was answered with one of these statuses. */
export function isAnswer(error: unknown, ...statuses: number[]): error is HttpFailure {
  return error instanceof HttpFailure && statuses.includes(error.status ?? 0);
}

/** The same failure of a registry that may be starting: another try may be better, for a while. */
export function startingError(failure: HttpFailure, retries: number, hint: string): HttpFailure {
  const { code, message, cause } = failure;
  return new HttpFailure(code, message, { cause, hint, retries, isTransient: true });
}

/** The same failure, of which another try is not expected to be better. */
export function finalError(failure: HttpFailure, hint: string): HttpFailure {
  return new HttpFailure(failure.code, failure.message, { cause: failure.cause, hint });
}
