/** Puts into our words what undici and Node's network stack say of a server that cannot be talked to. */
import { NixociError, reasonOf } from "../../../src/base/errors.ts";
import { SLOW, STALLED } from "../../lib/http/clock.ts";
import { type ConnectionProblem, describeCertificate } from "./certificate.ts";
import { HttpFailure } from "./failure.ts";
import { WRONG_LENGTH } from "./lane/send.ts";
import { CONNECT_TIMEOUT } from "./sockets.ts";

// OpenSSL's X.509 verification errors and Node's own; Deno reports the same names.
const UNTRUSTED =
  /^(UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED)/;
const CERTIFICATE = /^(CERT_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE))/;
const NO_TLS = /^(ERR_SSL|EPROTO$)/;
// What the parser says of a server that has not even begun to speak HTTP.
const NOT_BEGUN = /Expected HTTP\/|Invalid HTTP version/;
const LASTING = [
  ...["ENOTFOUND", "EACCES", "UND_ERR_INVALID_ARG", "UND_ERR_DESTROYED"],
  ...["UND_ERR_REQ_CONTENT_LENGTH_MISMATCH", WRONG_LENGTH],
];
const SAYS: Readonly<Record<string, string>> = {
  ETIMEDOUT: "no connection in time",
  UND_ERR_SOCKET: "the connection was closed",
};
// Each of them has cost all of our patience.
const SILENT = [STALLED, CONNECT_TIMEOUT, "ETIMEDOUT"];
/** The number of times that a server is tried again which has let us wait in vain. */
const SILENT_RETRIES = 1;

/** An error of undici's or Node's network stack, in our words. */
export function networkError(error: unknown, host: string): NixociError {
  if (error instanceof NixociError) return error;
  const code = systemCodeOf(error);
  const problem = describeCertificate(error, code, host) ?? describeTrust(error, code, host) ??
    describeSpeech(error, host);
  if (problem !== undefined) {
    return new HttpFailure("NETWORK", problem.message, { cause: error, hint: problem.hint });
  }
  const message = code === STALLED || code === SLOW
    ? reasonOf(error)
    : `${host}: ${SAYS[code] ?? firstLineOf(error)}`;
  return new HttpFailure("NETWORK", message, {
    cause: error,
    isTransient: !LASTING.includes(code),
    retries: SILENT.includes(code) ? SILENT_RETRIES : undefined,
    hint: code === SLOW ? "a line that is so slow needs a lower --min-rate (0: any)" : undefined,
  });
}

function describeTrust(error: unknown, code: string, host: string): ConnectionProblem | undefined {
  if (UNTRUSTED.test(code) || CERTIFICATE.test(code)) {
    return {
      message: `the certificate of ${host} is not trusted: ${firstLineOf(error)}`,
      hint: "give its CA with --cert-dir; --tls-verify=false trusts anybody",
    };
  }
  return !NO_TLS.test(code) ? undefined : {
    message: `${host} does not speak TLS as we do: ${firstLineOf(error)}`,
    hint: "if it speaks plain HTTP, --tls-verify=false allows that",
  };
}

function describeSpeech(error: unknown, host: string): ConnectionProblem | undefined {
  const why = explainNoHttp(error);
  return why === undefined ? undefined : {
    message: why === ""
      ? `${host} does not speak HTTP`
      : `${host} breaks the rules of HTTP: ${why}`,
    hint: "is this the registry's port, and does nothing between, such as a proxy, answer?",
  };
}

/** Says what is wrong with an answer that is none in HTTP; `undefined` when that is not the problem. */
function explainNoHttp(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = systemCodeOf(error);
  if (code === "UND_ERR_HEADERS_OVERFLOW") return "its headers have no end";
  // Said of whatever cannot be read after a Content-Length, while no body has been read.
  if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH") return "its headers cannot be read";
  // An answer that nobody asked for: 101, or a status below 100.
  if (error.message === "bad upgrade" || code === "ERR_ASSERTION") return "an unknown status";
  if (error.name !== "HTTPParserError") return undefined;
  const [, said = ""] = /\(([^)]*)\)$/.exec(error.message) ?? [];
  return NOT_BEGUN.test(said) ? "" : said.toLowerCase();
}

/** Makes the error for a server that answers in neither of two ways. */
export function neitherError(host: string, secure: HttpFailure, plain: HttpFailure): HttpFailure {
  const ways = `${reasonOf(secure)}) nor by HTTP (${reasonOf(plain)}`;
  return new HttpFailure("NETWORK", `${host} answers neither by HTTPS (${ways})`, {
    cause: secure.cause,
    isTransient: plain.isTransient,
    retries: plain.retries && plain.retries - 1, // both ways count
    hint: "is the registry running, and is this its port?",
  });
}

/** Tells whether the certificate is nobody's that we know: another set of CAs may know it. */
export function isUntrusted(error: unknown): boolean {
  return UNTRUSTED.test(systemCodeOf(error));
}

/** Tells whether nobody listens there. */
export function isRefused(error: unknown): error is HttpFailure {
  return error instanceof HttpFailure && systemCodeOf(error.cause) === "ECONNREFUSED";
}

/** Tells whether what is spoken there is not TLS, or none that we know. */
export function isNoTls(error: unknown): error is HttpFailure {
  return error instanceof HttpFailure && NO_TLS.test(systemCodeOf(error.cause));
}

/** Tells whether what is spoken there is not HTTP. */
export function isNoHttp(error: unknown): error is HttpFailure {
  return error instanceof HttpFailure && explainNoHttp(error.cause) !== undefined;
}

/** Tells whether the connection broke, or nothing came. */
export function isBroken(error: unknown): error is HttpFailure {
  return error instanceof HttpFailure && error.isTransient && error.status === undefined;
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
