/**
 * A registry's no, as an error.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 */
import type { ErrorCode } from "../../../src/base/errors.ts";
import { redactReply } from "../../../src/base/text.ts";
import type { Reply } from "../../lib/http/exchange.ts";
import { HttpFailure } from "./failure.ts";
import { isPage } from "./page.ts";
import { parseRetryAfter } from "./retry.ts";

const MAX_BODY = 1024 * 1024;
const TRANSIENT = [408, 429, 500, 502, 503, 504];
// What is said of the request itself, whatever the status: distribution takes that of the first error.
const LASTING = /^(MANIFEST|NAME|DIGEST|SIZE|TAG)_|^(BLOB_UNKNOWN|DENIED|UNSUPPORTED)$/;
const DIGESTS = /\bsha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})\b/g;

/**
 * The error that an unexpected answer is, without the secrets. Reads the answer's body.
 * @param registry whom credentials are for, as in references; `undefined` for a server that gets none.
 */
export async function readRefusal(
  reply: Reply,
  now: number,
  secrets: Iterable<string>,
  registry: string | undefined,
): Promise<HttpFailure> {
  const { status, url, headers } = reply;
  const body = await reply.bytes(MAX_BODY).catch(() => undefined);
  const problems = body ? parseProblems(body.toString()) : [];
  const words = problems.map(({ code, message }) => message ? `${message} (${code})` : code);
  const said = words.length > 0 ? redactReply(words.join(", "), secrets) : "";
  const to = BODY_ELSEWHERE.includes(status) ? hostOf(headers.location, url) : undefined;
  const answer = to === undefined
    ? `answers ${status}`
    : `sends what we write to ${to} (${status})`;
  return new HttpFailure(codeOf(status), `${url.host} ${answer}${said && `: ${said}`}`, {
    status,
    codes: problems.map(({ code }) => redactReply(code, secrets)),
    digests: problems.flatMap(({ digests }) => digests),
    isChallenge: status === 401 && registry !== undefined && "www-authenticate" in headers,
    isTransient: TRANSIENT.includes(status) && !problems.some(({ code }) => LASTING.test(code)),
    retryAfter: parseRetryAfter(headers["retry-after"], now),
    hint: (body && isPage(body) ? hintOfPage(status) : undefined) ?? hintOf(status, registry) ??
      hintOfRedirect(to, url),
  });
}

// Reads are sent on there; a body is not, nor is what was to change something.
const BODY_ELSEWHERE = [307, 308];

function hostOf(location: string | undefined, from: URL): string | undefined {
  if (location === undefined || !URL.canParse(location, from)) return undefined;
  return new URL(location, from).host || undefined;
}

function hintOfRedirect(to: string | undefined, { host }: URL): string | undefined {
  if (to === undefined) return undefined;
  const proxy = "have the proxy before the registry pass it on instead";
  return to === host ? proxy : `name ${to} in the reference if you trust it, or ${proxy}`;
}

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly digests: readonly string[];
}

function parseProblems(text: string): Problem[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return []; // a proxy's page, which says less than the status
  }
  const { errors, details, message, error_description: description } = (value ?? {}) as Record<
    string,
    unknown
  >;
  const one = typeof details === "string" ? details : message ?? description;
  const list = Array.isArray(errors) ? errors : one === undefined ? [] : [{ message: one }];
  return list.slice(0, 10).map((each) => ({
    code: chooseText("UNKNOWN", each?.code),
    message: chooseText("", each?.message),
    digests: JSON.stringify(each ?? null).match(DIGESTS) ?? [],
  }));
}

/** The value, when it is something to read. */
function chooseText(otherwise: string, value: unknown): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) return "AUTH";
  if (status === 404) return "NOT_FOUND";
  return status >= 500 || status === 408 || status === 429 ? "NETWORK" : "REFUSED";
}

function hintOf(status: number, registry: string | undefined): string | undefined {
  if (status === 401 && registry === undefined) {
    return "the registry's credentials are for itself alone, and this is another server";
  }
  if (status === 401) {
    return `credentials are missing, wrong or expired: run nixoci login ${registry}, ` +
      "or give --creds";
  }
  if (status === 403 && registry) return `these credentials may not do that at ${registry}`;
  return HINTS[status] ??
    (status >= 500 ? "the registry, or a proxy before it, fails: try again later" : undefined);
}

const HINTS: Readonly<Record<number, string>> = {
  402: "its quota is used up, or it is for those who pay",
  405: "the registry does not allow that: it may be read-only, or a mirror (distribution: " +
    "storage.maintenance.readonly, proxy)",
  407: "put user:password@ into the proxy's URL",
  413: "the registry, or a proxy before it, limits the size of requests: it has to take 1 MiB " +
    "(nginx: client_max_body_size)",
  429: "the registry limits how often it may be asked; wait, or log in",
  507: "its space is used up",
};

/** Failing registries and proxies answer with pages, too; but not so. */
function hintOfPage(status: number): string | undefined {
  if (status >= 400 && status !== 404 && status !== 405) return undefined;
  return "it answers with a web page: this does not look like a registry";
}
