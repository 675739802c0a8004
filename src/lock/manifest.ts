/**
 * Imports and writes nix2container's kind of lock: an image's manifest in a file, as `getManifest`
 * writes it and `pullImageFromManifest` reads it.
 */
import { type Digest, digestOf } from "../bytes/digest.ts";
import { codeOf, NixociError, wrapError } from "../base/errors.ts";
import { readContent } from "../image/content.ts";
import { escapeGoJson } from "../go/json.ts";
import { parseManifest } from "../image/documents/documents.ts";
import { isObject, MAX_DOCUMENT, parseJson } from "../image/json.ts";
import {
  findBestMatch,
  findHostPlatform,
  formatPlatform,
  parsePlatform,
  type Platform,
} from "../image/platform.ts";
import { type AddResult, parseLockName } from "./add.ts";
import { type Lock, type LockedImage, lockedNameOf, pinOf, setImage } from "./model.ts";
import { selectEntry } from "./names.ts";
import { pinRoot } from "./pin.ts";
import { type Registry, withRepositorySource } from "./registry.ts";
import type { BlobSupply } from "./supply.ts";

/**
 * Adds the image whose manifest is in a file to a lock. The registry may format it in another way than
 * the file, so it is asked for each form that tools write.
 * @param reference the name that the image gets in the lock.
 * @throws NixociError `MALFORMED` when it is not an image's manifest, `NOT_FOUND` when the registry has
 * no such manifest.
 * @example
 * ```ts
 * import { readContent, lock, openSource, resolveImage } from "nixoci";
 * const open = (repository: string) => openSource(`registry:${repository}`);
 * await using source = await open("docker.io/library/alpine:3.20");
 * const { manifest } = await resolveImage(source);
 * const bytes = await readContent(manifest, 4 * 1024 * 1024);
 * const options = { registry: { open }, what: "manifest.json" };
 * const { name } = await lock.importManifest(lock.EMPTY_LOCK, bytes, "alpine:3.20", options);
 * console.log(name); // docker.io/library/alpine:3.20
 * ```
 */
export async function importManifest(
  lock: Lock,
  bytes: Uint8Array,
  reference: string,
  { registry, what }: { readonly registry: Registry; readonly what: string },
): Promise<AddResult> {
  const { repository, tag } = parseLockName(reference);
  const value = parseJson(bytes, what);
  if (isObject(value) && "manifests" in value) {
    throw new NixociError("MALFORMED", `${what} is an index, not an image's manifest`, {
      hint: `lock its images with nixoci lock add ${reference}`,
    });
  }
  parseManifest(bytes, what);
  return await withRepositorySource(registry, repository, async (source) => {
    for (const digest of listCandidates(bytes, value)) {
      const root = await source.resolve(digest).catch((error) => {
        if (codeOf(error) !== "NOT_FOUND") throw error;
      });
      if (root === undefined) continue;
      const image = await pinRoot(root, { repository, tag }, "usual").catch((error) => {
        throw wrapError(error, `Cannot lock ${reference}`);
      });
      return putImported(lock, image);
    }
    throw new NixociError("NOT_FOUND", `${repository} has no such manifest as ${what}`, {
      hint:
        `is it of another repository, or gone? lock what there is: nixoci lock add ${reference}`,
    });
  });
}

function putImported(lock: Lock, image: LockedImage): AddResult {
  const name = lockedNameOf(image);
  const before = Object.hasOwn(lock.images, name) ? lock.images[name] : undefined;
  const isNew = before === undefined || pinOf(before) !== pinOf(image);
  return { lock: isNew ? setImage(lock, image) : lock, name, image, isNew };
}

/** Lists the digests that the manifest may have: as it is, and as tools write it that push images. */
function listCandidates(bytes: Uint8Array, value: unknown): Set<Digest> {
  const text = Buffer.from(bytes).toString();
  const trimmed = text.trimEnd();
  const compact = JSON.stringify(value);
  const texts = [
    text,
    trimmed,
    `${trimmed}\n`,
    compact,
    escapeGoJson(compact), // jq and editors escape nothing
    JSON.stringify(value, null, 3), // Docker
    JSON.stringify(value, null, 2),
  ];
  return new Set(texts.map((one) => digestOf(Buffer.from(one))));
}

/**
 * Reads the manifest of a locked image, byte for byte.
 * @param platform one of the locked ones; the only one, or the host's, by default.
 * @throws NixociError `NOT_FOUND` for a name or platform that is not locked.
 * @example
 * ```ts
 * import { lock, openSource, parsePlatform } from "nixoci";
 * const open = (repository: string) => openSource(`registry:${repository}`);
 * const locked = await lock.readLock("nixoci.lock.json");
 * await using supply = lock.createRegistrySupply({ open });
 * const platform = parsePlatform("linux/amd64");
 * const bytes = await lock.readLockedManifest(locked, "alpine", { platform, supply });
 * console.log(JSON.parse(new TextDecoder().decode(bytes)).layers.length); // 2
 * ```
 */
export async function readLockedManifest(
  lock: Lock,
  name: string,
  { platform, supply }: { readonly platform?: Platform | undefined; readonly supply: BlobSupply },
): Promise<Uint8Array> {
  const [key, { repository, platforms }] = selectEntry(lock, name);
  const keys = Object.keys(platforms);
  const wanted = platform ?? (keys.length === 1 ? parsePlatform(keys[0]!) : findHostPlatform());
  const at = findBestMatch(keys.map(parsePlatform), wanted);
  if (at === undefined) {
    const message = `${key} is not locked for ${formatPlatform(wanted)}`;
    throw new NixociError("NOT_FOUND", message, {
      hint: `choose of what is locked with --platform: ${keys.join(", ")}`,
    });
  }
  const { manifest } = platforms[keys[at]!]!;
  const owner = { repository, manifest: manifest.digest };
  return await readContent(supply(manifest, owner), MAX_DOCUMENT);
}
