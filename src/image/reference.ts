/**
 * Parses image references as Docker writes them: `[host[:port]/]path[:tag][@digest]`, Docker Hub
 * implied. The grammar is strict: what it accepts needs no escaping in a URL or a path.
 * @see https://github.com/distribution/reference/blob/main/reference.go (the grammar)
 * @see https://github.com/distribution/reference/blob/main/normalize.go (Docker Hub's short names)
 */
import { isIPv6 } from "node:net";
import { type Digest, isDigest } from "../bytes/digest.ts";
import { NixociError } from "../base/errors.ts";

/** A repository, and the tag or digest in it. */
export interface ImageReference {
  /** The registry as the user names it, with its port if any: `docker.io`, `[::1]:5000`. */
  readonly host: string;
  /** The path in the registry: `library/alpine`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** The host of names that have none. */
export const DOCKER_HUB = "docker.io";

const LEGACY_DOCKER_HUB = "index.docker.io";
const OFFICIAL = "library/";

const COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
const NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const MAX_REPOSITORY = 255;

/** Says whether the text can be a tag. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Tells whether the text can be a repository's path in a registry. */
export function isRepository(text: string): boolean {
  return text.length <= MAX_REPOSITORY && REPOSITORY.test(text);
}

/**
 * Parses an image reference: `alpine` is `docker.io/library/alpine`. No tag is implied; callers that
 * need one take `latest`.
 * @throws NixociError `USAGE`, saying what is wrong with it.
 * @example
 * ```ts
 * import { parseReference } from "nixoci";
 * const { host, repository, tag } = parseReference("localhost:5000/team/app:v1");
 * console.log(host, repository, tag); // localhost:5000 team/app v1
 * ```
 */
export function parseReference(text: string): ImageReference {
  const at = text.indexOf("@");
  const digest = at === -1 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) {
    throw createReferenceError(text, `what follows the @ is not a digest`);
  }
  const named = at === -1 ? text : text.slice(0, at);
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const tag = colon === -1 ? undefined : named.slice(colon + 1);
  if (tag !== undefined && !isTag(tag)) {
    throw createReferenceError(
      text,
      "a tag has 1 to 128 letters, digits, _, . or -, and no . or - first",
    );
  }
  const name = colon === -1 ? named : named.slice(0, colon);
  if (/^[0-9a-f]{64}$/.test(name)) {
    throw createReferenceError(text, "64 hex digits are an image ID, not a name");
  }
  const first = name.slice(0, Math.max(0, name.indexOf("/")));
  const isHost = isHostLike(first);
  const host = !isHost || first === LEGACY_DOCKER_HUB ? DOCKER_HUB : first;
  const path = isHost ? name.slice(first.length + 1) : name;
  const repository = host === DOCKER_HUB && !path.includes("/") ? OFFICIAL + path : path;
  const fits = repository.length <= MAX_REPOSITORY && REPOSITORY.test(repository);
  const wrong = explainHost(host) ?? (fits ? undefined : explainRepository(repository));
  if (wrong !== undefined) throw createReferenceError(text, wrong);
  return { host, repository, tag, digest };
}

/** Says whether a first component is a host: it has what no repository's component may have. */
function isHostLike(first: string): boolean {
  return first === "localhost" || /[.:]/.test(first) || first !== first.toLowerCase();
}

/** Says what is wrong with a host; `undefined` when nothing is. */
function explainHost(host: string): string | undefined {
  const [, name = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(host) ?? [];
  const isName = name.startsWith("[")
    ? isIPv6(name.slice(1, -1)) && !name.includes("%")
    : name.length <= 253 && NAME.test(name);
  if (!isName) return `${JSON.stringify(host)} is not a host`;
  const isPort = port === undefined || /^[0-9]{1,5}$/.test(port) && +port > 0 && +port <= 65_535;
  return isPort ? undefined : `${JSON.stringify(port)} is not a port`;
}

/** Says what is wrong with a repository that is none. */
function explainRepository(path: string): string {
  if (path === "" || path === OFFICIAL) return "it names no repository";
  if (path !== path.toLowerCase()) return "a repository is in lower case";
  if (path.length > MAX_REPOSITORY) return `a repository has at most ${MAX_REPOSITORY} characters`;
  return "a repository is words of a-z and 0-9, joined by . _ __ - or /";
}

// What stands before an @ that no digest follows may be a user name and a password.
const USER_INFO = /^.*@(?!sha(?:256|512):[0-9a-f]*$)/s;

/** Hides what may be a user name and a password in text that should be a reference. */
export function redactReference(text: string): string {
  return text.replace(USER_INFO, "***@");
}

function createReferenceError(text: string, why: string): NixociError {
  const shown = JSON.stringify(redactReference(text));
  return new NixociError("USAGE", `${shown} is not an image reference: ${why}`, {
    hint: "write [host[:port]/]repository[:tag][@digest]",
  });
}

/**
 * Writes the whole reference, nothing implied.
 * @example
 * ```ts
 * import { formatReference, parseReference } from "nixoci";
 * console.log(formatReference(parseReference("alpine:3"))); // docker.io/library/alpine:3
 * ```
 */
export function formatReference({ host, repository, tag, digest }: ImageReference): string {
  return `${host}/${repository}${formatSuffix(tag, digest)}`;
}

/**
 * Writes the reference as people do, without what Docker implies.
 * @example
 * ```ts
 * import { formatFamiliarName, parseReference } from "nixoci";
 * console.log(formatFamiliarName(parseReference("docker.io/library/alpine:3"))); // alpine:3
 * ```
 */
export function formatFamiliarName({ host, repository, tag, digest }: ImageReference): string {
  const end = formatSuffix(tag, digest);
  if (host !== DOCKER_HUB) return `${host}/${repository}${end}`;
  const short = repository.slice(OFFICIAL.length);
  // docker.io/library/a/b is not official, and library/localhost/b would be read as a host.
  const isOfficial = repository.startsWith(OFFICIAL) && !short.includes("/");
  return `${isOfficial ? short : repository}${end}`;
}

function formatSuffix(tag: string | undefined, digest: Digest | undefined): string {
  return (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
}
