/** The failures between us and a server, and whether trying again may help. */
import { type ErrorCode, NixociError, reasonOf } from "../../../src/base/errors.ts";
import { STALLED } from "../../lib/http/handler.ts";
import { describeCertificate } from "./certificate.ts";

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
  /** The time that the server asks us to wait, in milliseconds. */
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, details: {
    readonly status?: number;
    readonly codes?: readonly string[];
    readonly digests?: readonly string[];
    readonly isChallenge?: boolean;
    readonly isTransient?: boolean;
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

// OpenSSL's X.509 verification errors and Node's own; Deno reports the same names.
const UNTRUSTED =
  /^(UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED)/;
const CERTIFICATE = /^(CERT_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE))/;
const LASTING = ["ENOTFOUND", "EACCES", "UND_ERR_INVALID_ARG", "UND_ERR_DESTROYED"];
const NO_TLS = /^(ERR_SSL|EPROTO$)/;

/** Tells whether the certificate is nobody's that we know: another set of CAs may know it. */
export function isUntrusted(error: unknown): boolean {
  return UNTRUSTED.test(systemCodeOf(error));
}

/** An error of undici's or Node's network stack, in our words. */
export function networkError(error: unknown, host: string): NixociError {
  if (error instanceof NixociError) return error;
  const code = systemCodeOf(error);
  const problem = describeCertificate(error, code, host);
  if (problem !== undefined) {
    return new HttpFailure("NETWORK", problem.message, { cause: error, hint: problem.hint });
  }
  if (UNTRUSTED.test(code) || CERTIFICATE.test(code)) {
    return new HttpFailure(
      "NETWORK",
      `the certificate of ${host} is not trusted: ${firstLineOf(error)}`,
      {
        cause: error,
        hint: "give its CA with --cert-dir; --tls-verify=false trusts anybody",
      },
    );
  }
  if (NO_TLS.test(code)) {
    return new HttpFailure(
      "NETWORK",
      `${host} does not speak TLS as we do: ${firstLineOf(error)}`,
      {
        cause: error,
        hint: "if it speaks plain HTTP, --tls-verify=false allows that",
      },
    );
  }
  if (code.startsWith("HPE_")) {
    return new HttpFailure("NETWORK", `${host} does not speak HTTP`, { cause: error });
  }
  const message = code === STALLED ? reasonOf(error) : `${host}: ${firstLineOf(error)}`;
  return new HttpFailure("NETWORK", message, {
    cause: error,
    isTransient: !LASTING.includes(code),
  });
}

/** The same failure, of which another try is not expected to be better. */
export function finalError(failure: HttpFailure, hint: string): HttpFailure {
  return new HttpFailure(failure.code, failure.message, { cause: failure.cause, hint });
}

/** Tells whether nobody listens there. */
export function isRefused(error: unknown): error is HttpFailure {
  return error instanceof HttpFailure && systemCodeOf(error.cause) === "ECONNREFUSED";
}

/** Tells whether what is spoken there is not TLS, or none that we know. */
export function isNoTls(error: unknown): error is HttpFailure {
  return error instanceof HttpFailure && NO_TLS.test(systemCodeOf(error.cause));
}

/** Tells whether a proxy does not let us through to where TLS is spoken, as many do for odd ports. */
export function isProxysNo(error: unknown): error is HttpFailure {
  // One that wants a password has a hint for it, and would want it again.
  return error instanceof HttpFailure && error.code === "REFUSED" && error.status === undefined &&
    error.hint === undefined;
}

/** The first line only: OpenSSL appends places in its source code. */
function firstLineOf(error: unknown): string {
  return reasonOf(error).split(/[\r\n;]/)[0]!.replace(/^.*SSL routines:[^:]*:([^:]*):.*$/, "$1");
}

function systemCodeOf(error: unknown): string {
  return error instanceof Error ? String((error as NodeJS.ErrnoException).code ?? "") : "";
}
