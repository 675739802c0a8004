/**
 * The one error class. A code for programs, a message for people: what was being done, to which
 * thing, what went wrong; `hint` says what to do about it. Causes nest through `cause`, as the
 * platform has it, and are shown only under `--debug`.
 */

/** A kind of failure; the words are stable, so that programs can rely on them. */
export type ErrorCode =
  | "USAGE" // the caller's words are off: reference, option, flag
  | "NOT_FOUND" // the named thing is not there
  | "EXISTS" // the named thing is there already
  | "DIGEST" // bytes do not hash to the digest that names them
  | "SIZE" // more or fewer bytes than the descriptor says
  | "MALFORMED" // bytes are not what their format demands
  | "UNSUPPORTED" // well-formed, but not something that we can do
  | "LIMIT" // larger, deeper or more than we accept
  | "INCOMPLETE" // a place lacks part of what it was thought to have whole
  | "AUTH" // credentials are missing or were refused
  | "NETWORK" // a peer could not be reached, or broke off
  | "REFUSED" // a peer answered no
  | "FAILED" // a command that was to be run ended with a failure
  | "UNSAFE" // doing it would leave the place that the user named
  | "IO" // the file system said no
  | "CANCELLED"; // interrupted by the user

/** A side of a copy. */
export type Side = "source" | "destination";

/**
 * The error that nixoci throws on purpose, always.
 * @example
 * ```ts
 * import { NixociError, parseDigest } from "nixoci";
 * try {
 *   parseDigest("latest");
 * } catch (error) {
 *   if (error instanceof NixociError) console.log(error.code); // MALFORMED
 * }
 * ```
 */
export class NixociError extends Error {
  override readonly name = "NixociError";
  readonly code: ErrorCode;
  /** The next thing that the reader can do, as a short clause without a full stop. */
  readonly hint: string | undefined;
  /** The side that failed: of a copy, or of a place that was opened to read from or to put into. */
  side: Side | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; hint?: string | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/** Returns the code of the first NixociError in the chain of causes; `undefined` without one. */
export function codeOf(error: unknown): ErrorCode | undefined {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (e instanceof NixociError) return e.code;
  }
  return undefined;
}

/** Returns what is found, or `undefined` where it is not there (`NOT_FOUND`). */
export async function ignoreAbsent<T>(finding: Promise<T>): Promise<T | undefined> {
  try {
    return await finding;
  } catch (error) {
    if (codeOf(error) === "NOT_FOUND") return undefined;
    throw error;
  }
}

/** Returns the side of a copy that failed, as the error or one of its causes says. */
export function sideOf(error: unknown): Side | undefined {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (e instanceof NixociError && e.side) return e.side;
  }
  return undefined;
}

const WITHOUT_WORDS = {
  source: "reading from the source",
  destination: "writing to the destination",
};

/**
 * Marks a failure as one of this side, unless a side is known already, or the user cancelled.
 * @param doing says what was being done, for failures that are not a NixociError.
 */
export function markSide(side: Side, error: unknown, doing = WITHOUT_WORDS[side]): unknown {
  const isAbort = error instanceof Error && error.name === "AbortError";
  if (isAbort || codeOf(error) === "CANCELLED" || sideOf(error) !== undefined) return error;
  const failure = error instanceof NixociError ? error : wrapError(error, doing);
  failure.side = side;
  return failure;
}

/** Runs the work, and marks its failure as one of this side. */
export async function runAtSide<T>(side: Side, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw markSide(side, error);
  }
}

/** Tells whether it is a system error with one of the codes: `isSystemError(e, "ENOENT")`. */
export function isSystemError(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? "");
}

/**
 * Returns an error that says first what was being done: `wrapError(error, "Cannot read a.json")`. It keeps
 * the code and the hint, and has the error as its cause. A file that `doing` ends with is named once,
 * though the error names it, too.
 */
export function wrapError(error: unknown, doing: string): NixociError {
  const code = codeOf(error) ?? systemCodeOf(error);
  const hint = error instanceof NixociError ? error.hint : systemHintOf(error);
  const outer = new NixociError(code, `${doing}: ${trimReason(doing, error)}`, {
    cause: error,
    hint,
  });
  outer.side = sideOf(error);
  return outer;
}

function trimReason(doing: string, error: unknown): string {
  const reason = reasonOf(error);
  const [opening] = /^Cannot (?:open|read|write) /.exec(reason) ?? [];
  if (opening === undefined) return reason;
  const words = doing.split(" "); // a path may have spaces
  const said = words.map((_, i) => `${opening}${words.slice(i).join(" ")}: `)
    .find((start) => reason.startsWith(start));
  return reason.slice(said?.length ?? 0);
}

/** Returns what went wrong, without the class names and `syscall` tails that Node adds. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const system = codeNameOf(error);
  return (system === undefined ? undefined : SYSTEM[system]?.says) ?? (error.message || error.name);
}

const SYSTEM: Record<string, { says: string; hint?: string }> = {
  ENOENT: { says: "no such file or directory" },
  EACCES: { says: "permission denied" },
  EPERM: { says: "operation not permitted" },
  EROFS: { says: "the file system is read-only" },
  EEXIST: { says: "a file is in the way", hint: "move it away, or name another place" },
  EISDIR: { says: "is a directory" },
  ENOTDIR: { says: "is not a directory" },
  ENOSPC: { says: "no space left on device", hint: "free some space there, or name another place" },
  EDQUOT: { says: "disk quota exceeded" },
  EFBIG: { says: "file too large for the file system or its limit" },
  EMFILE: { says: "too many open files", hint: "lower --jobs or raise ulimit -n" },
  ELOOP: { says: "too many symbolic links" },
  ENAMETOOLONG: { says: "the path is too long" },
  EIO: { says: "input/output error" },
  ECONNREFUSED: { says: "connection refused" },
  ECONNRESET: { says: "connection reset by the other side" },
  ENOTFOUND: { says: "no such host" },
  EAI_AGAIN: { says: "the host name could not be looked up" },
  ETIMEDOUT: { says: "timed out" },
  EPIPE: { says: "the reader went away" },
};

function systemCodeOf(error: unknown): ErrorCode {
  const code = codeNameOf(error);
  if (code === "ENOENT") return "NOT_FOUND";
  if (code?.startsWith("ECONN") || code === "ENOTFOUND" || code === "EAI_AGAIN") return "NETWORK";
  if (error instanceof Error && error.name === "AbortError") return "CANCELLED";
  return "IO";
}

function systemHintOf(error: unknown): string | undefined {
  const code = codeNameOf(error);
  return code === undefined ? undefined : SYSTEM[code]?.hint;
}

/** Returns a system error's code, like `ENOENT`; a DOMException's `code` is a number and no use here. */
function codeNameOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : undefined;
}
