/** Feeds: where the commits of a channel are said. Which one a channel has is data, so that none can die. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { NixociError, reasonOf, wrapError } from "../../base/errors.ts";
import { type ByteStream, collectStream } from "../../bytes/stream.ts";
import { redactReply } from "../../base/text.ts";
import { isObject, parseJson } from "../../image/json.ts";
import { COMMIT } from "../pin/dockerfile.ts";

/** A feed, which is one of `url`, `git` and `command`. */
export interface Feed {
  /** HTTP; the answer is lines that begin with a commit, the newest last, or JSON. */
  readonly url?: string | null | undefined;
  /** The place of the commits in JSON, such as `data.0.commit`. */
  readonly path?: string | null | undefined;
  /** The URL of a repository of git. */
  readonly git?: string | null | undefined;
  /** Its branch; `master` by default. */
  readonly branch?: string | null | undefined;
  /** A program with its arguments. */
  readonly command?: readonly string[] | null | undefined;
  /** Tells that the newest commit comes first. */
  readonly newestFirst?: boolean | null | undefined;
}

/** Fetches what lies at a URL; `read` gets the bytes, and begins anew with each try. */
export type FetchUrl = <T>(url: string, read: (bytes: ByteStream) => Promise<T>) => Promise<T>;

/** The surroundings of a feed. */
export interface FeedOptions {
  /** The folder that programs run in. */
  readonly folder?: string;
  /** The way to the web, such as nixoci's own `fetchUrl`. */
  readonly fetchUrl?: FetchUrl;
  readonly signal?: AbortSignal | undefined;
}

/** In bytes: a history of years has some hundred thousand. */
const MAX_ANSWER = 4 * 1024 * 1024;
/** The advice where an answer is not of commits. */
const LOOK = "look at what it answers: it may be a page for people, or have moved";
/** In milliseconds: a server of git may be out of reach. */
const TIME_LIMIT = 120_000;

/**
 * Reads a feed.
 * @returns its commits, the newest first, each once.
 * @throws NixociError `NETWORK`, `NOT_FOUND` and `FAILED` where there is no answer; `MALFORMED` for one
 * that is not of commits.
 * @example
 * ```ts
 * import { readFeed } from "nixoci";
 * const [old, now] = ["a".repeat(40), "b".repeat(40)];
 * const commits = await readFeed({ command: ["printf", `${old}\\n${now}\\n`] }, "unstable");
 * console.log(commits.map((commit) => commit.slice(0, 3))); // [ "bbb", "aaa" ]
 * ```
 */
export async function readFeed(
  feed: Feed,
  what: string,
  options: FeedOptions = {},
): Promise<string[]> {
  const name = `the feed of ${what}`;
  const answer = await askFeed(feed, name, options);
  const commits = listCommits(answer, feed, name);
  return [...new Set(feed.newestFirst ? commits : commits.toReversed())];
}

async function askFeed(
  { url, git, branch, command }: Feed,
  name: string,
  { folder = ".", fetchUrl, signal }: FeedOptions,
): Promise<string> {
  if (url) return await askUrl(url, name, fetchUrl);
  const limits = { folder, signal, timeout: TIME_LIMIT };
  if (!git) return await runForText(command ?? [], name, limits);
  const ref = `refs/heads/${branch ?? "master"}`;
  const answer = await runForText(["git", "ls-remote", "--", git, ref], name, limits);
  if (answer !== "") return answer;
  throw new NixociError("NOT_FOUND", `Cannot read ${name}: its repository has no ${ref}`, {
    hint: "say the branch, as git ls-remote lists it",
  });
}

async function askUrl(url: string, name: string, fetchUrl?: FetchUrl): Promise<string> {
  if (fetchUrl === undefined) {
    throw new NixociError("USAGE", `${name} is a URL`, {
      hint: "say in fetchUrl how to get there",
    });
  }
  try {
    return await fetchUrl(
      url,
      async (bytes) => (await collectStream(bytes, MAX_ANSWER, name)).toString(),
    );
  } catch (error) {
    throw wrapError(error, `Cannot read ${name}`);
  }
}

/** The surroundings of a program. */
interface AnswerOptions {
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  /** In milliseconds; without it a program may take its time: it may build. */
  readonly timeout?: number;
}

/** Runs a program for what it prints. @throws NixociError `FAILED`, with the end of what it said. */
export async function runForText(
  [program = "", ...args]: readonly string[],
  what: string,
  { folder, signal, timeout }: AnswerOptions,
): Promise<string> {
  const options = {
    cwd: folder,
    maxBuffer: MAX_ANSWER,
    env: { ...process.env, GIT_TERMINAL_PROMPT: "0" },
    ...(signal && { signal }),
    ...(timeout && { timeout }),
  };
  try {
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch (error) {
    signal?.throwIfAborted();
    const why = redactReply(explainEnd(error), listSecrets(args));
    throw new NixociError("FAILED", `Cannot read ${what}: ${program}: ${why}`, { cause: error });
  }
}

/** Says why a program has failed: what it calls fatal, the last line that it said, or how it ended. */
function explainEnd(error: unknown): string {
  const { stderr = "", code, killed, signal } = error as {
    readonly stderr?: string;
    readonly code?: unknown;
    readonly killed?: boolean;
    readonly signal?: string;
  };
  if (code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") {
    return `it says more than ${MAX_ANSWER / 2 ** 20} MiB`;
  }
  if (killed && code === undefined) return `it took more than ${TIME_LIMIT / 1000} seconds`;
  const lines = stderr.trim().split("\n");
  const said = lines.find((line) => line.startsWith("fatal: ")) ?? lines.at(-1);
  if (said) return said;
  if (typeof code === "number") return `it ended with ${code}`;
  return signal ? `it was ended by ${signal}` : reasonOf(error);
}

/** Lists what programs repeat of their arguments and nobody should read: users and passwords of URLs. */
function listSecrets(words: readonly string[]): string[] {
  return words.filter((word) => URL.canParse(word)).flatMap((word) => {
    const { username, password } = new URL(word);
    return [username, password];
  });
}

/** Lists the commits of an answer, in its order. */
export function listCommits(answer: string, { path }: Feed, name: string): string[] {
  const found = path ? listAt(parseFeed(answer, name), path, name) : answer.split("\n")
    .map((line) => line.trim().split(/\s+/)[0]!).filter((word) => word !== "");
  const wrong = found.findIndex((word) => typeof word !== "string" || !COMMIT.test(word));
  if (found.length > 0 && wrong === -1) return found as string[];
  const place = path ? `entry ${wrong + 1} of ${path}` : `line ${wrong + 1}`;
  const why = found.length > 0
    ? `: ${place} is not 40 digits of base 16`
    : path && `: ${path} is an empty list`;
  throw new NixociError("MALFORMED", `${name} has no commits${why ?? ""}`, { hint: LOOK });
}

function parseFeed(answer: string, name: string): unknown {
  try {
    return parseJson(Buffer.from(answer), name, { maxBytes: MAX_ANSWER });
  } catch (error) {
    const { code, message } = error as NixociError;
    throw new NixociError(code, message, { cause: error, hint: LOOK });
  }
}

/** Lists what is at a path in JSON. @throws NixociError `MALFORMED`, with the part that is not there. */
function listAt(document: unknown, path: string, name: string): unknown[] {
  const parts = path.split(".");
  let at = document;
  for (const [i, part] of parts.entries()) {
    const next = findIn(at, part);
    if (next === undefined) throw noPathError(name, path, part, parts.slice(0, i).join("."));
    at = next;
  }
  return Array.isArray(at) ? at : [at];
}

function findIn(value: unknown, part: string): unknown {
  if (Array.isArray(value)) return /^-?\d+$/.test(part) ? value.at(Number(part)) : undefined;
  return isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
}

function noPathError(name: string, path: string, part: string, above: string): NixociError {
  const where = above === "" ? "its JSON" : above;
  const message = `${name} has nothing at ${path}: there is no ${JSON.stringify(part)} in ${where}`;
  return new NixociError("MALFORMED", message, {
    hint: "look at what it answers, and write path so",
  });
}
