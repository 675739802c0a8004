/**
 * Writes and parses lockfiles. Keys are sorted and each value has its own line, so that the same lock
 * is always the same file, and git merges what two branches did to different images.
 */
import { NixociError } from "../base/errors.ts";
import { isObject, parseJson } from "../image/json.ts";
import { formatPlatform, parsePlatform } from "../image/platform.ts";
import { isTag, parseReference } from "../image/reference.ts";
import { checkShape } from "../image/documents/schemas.ts";
import { type Lock, type LockedImage, lockedNameOf } from "./model.ts";
import { lockSchema } from "./schema.ts";

const VERSION = 1;
/** The most bytes of a lockfile: about ten thousand images. */
export const MAX_SIZE = 64 * 1024 * 1024;

const LIMITS = { maxBytes: MAX_SIZE, maps: ["images"] };

/**
 * Writes the lock as a file's text.
 * @example
 * ```ts
 * import { lock } from "nixoci";
 * const text = lock.encodeLock(lock.EMPTY_LOCK);
 * console.log(JSON.parse(text)); // { '$schema': 'urn:nixoci:lock:1', images: {}, version: 1 }
 * ```
 */
export function encodeLock(lock: Lock): string {
  return JSON.stringify(sortKeys(lock), null, 2) + "\n";
}

/** Sorts the keys of every object, by code unit, so that the order is the same everywhere. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => a < b ? -1 : 1).map(([key, field]) => [key, sortKeys(field)]),
  );
}

/**
 * Parses a lockfile.
 * @param what the file's name in errors.
 * @throws NixociError `MALFORMED`, naming the path of what is wrong and what would be right;
 * `UNSUPPORTED` for a lock of a newer version.
 * @example
 * ```ts
 * import { lock } from "nixoci";
 * const bytes = new TextEncoder().encode('{ "version": 1, "images": {} }');
 * console.log(lock.parseLock(bytes, "my.lock.json").version); // 1
 * ```
 */
export function parseLock(bytes: Uint8Array, what: string): Lock {
  refuseConflict(bytes, what);
  const value = parseJson(bytes, what, LIMITS);
  const version = (value as { version?: unknown } | null)?.version;
  if (Number.isInteger(version) && (version as number) > VERSION) {
    const wanted = `is of version ${version}, and this nixoci reads version ${VERSION}`;
    throw new NixociError("UNSUPPORTED", `${what} ${wanted}`, {
      hint: "a newer nixoci wrote it; update nixoci",
    });
  }
  const lock = checkShape(lockSchema, value, what);
  for (const [name, image] of Object.entries(lock.images)) checkImage(name, image, what);
  return lock;
}

/** Refuses Git's markers around what it could not merge. */
function refuseConflict(bytes: Uint8Array, what: string): void {
  const text = new TextDecoder("latin1").decode(bytes);
  const marker = /^(?:<{7} |={7}\r?$|>{7} )/m.exec(text);
  if (marker === null) return;
  const line = text.slice(0, marker.index).split("\n").length;
  throw new NixociError("MALFORMED", `${what} has a merge conflict in line ${line}`, {
    hint: "take one side (git checkout --ours or --theirs), then nixoci lock add or update again",
  });
}

/** Checks what no schema can say: names and fields that must agree. */
function checkImage(name: string, image: LockedImage, what: string): void {
  const at = `images[${JSON.stringify(name)}]`;
  const wrong = (where: string, why: string) =>
    new NixociError("MALFORMED", `${what} is malformed: ${at}${where}: ${why}`);
  const repository = normalizeRepository(image.repository);
  if (repository !== image.repository) {
    throw wrong(".repository", `must be host/path${repository ? `: ${repository}` : ""}`);
  }
  if (!isTag(image.tag)) throw wrong(".tag", "must be a tag");
  if (name !== lockedNameOf(image)) throw wrong("", `its name must be ${lockedNameOf(image)}`);
  const platforms = Object.keys(image.platforms);
  for (const platform of platforms) {
    const right = normalizePlatformName(platform);
    if (right === platform) continue;
    const hint = right ?? "os/architecture[/variant]";
    throw wrong(`.platforms[${JSON.stringify(platform)}]`, `must be ${hint}`);
  }
  if (image.index === undefined && platforms.length > 1) {
    throw wrong("", "has several platforms, so that it must have an index");
  }
}

function normalizeRepository(repository: string): string | undefined {
  try {
    const { host, repository: path, tag, digest } = parseReference(repository);
    return tag === undefined && digest === undefined ? `${host}/${path}` : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the lock's name of a platform; `undefined` for text that names none. */
export function normalizePlatformName(platform: string): string | undefined {
  try {
    return formatPlatform(parsePlatform(platform));
  } catch {
    return undefined;
  }
}
