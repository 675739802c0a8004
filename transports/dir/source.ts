/** Such a folder, as a source. */
import { join, resolve } from "node:path";
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { codeOf, NixociError } from "../../src/base/errors.ts";
import { type Digest, digestOf, isDigest } from "../../src/bytes/digest.ts";
import { readFile } from "../../src/bytes/disk/file.ts";
import { collectStream, streamBytes } from "../../src/bytes/stream.ts";
import { type Content, content } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { documentTypeOf } from "../../src/image/documents/document-type.ts";
import { parseDocument } from "../../src/image/documents/documents.ts";
import { readRoot } from "../../src/image/documents/load.ts";
import { MAX_DOCUMENT } from "../../src/image/json.ts";
import type { PlaceReference } from "../../src/image/place.ts";
import type { Source } from "../../src/image/source.ts";
import type { SideOptions } from "../../src/image/transport.ts";
import {
  blobFileOf,
  checkFolderVersion,
  MANIFEST_FILE,
  manifestFileOf,
  pathOf,
  VERSION_FILE,
} from "./files.ts";

/** Opens the folder to read from. */
export async function openSource(
  place: PlaceReference,
  options: SideOptions = {},
): Promise<Source> {
  const path = pathOf(place);
  checkFolderVersion(String(await readSmall(path, VERSION_FILE)), path);
  const first = await readFirst(path);
  const fileOf = (digest: Digest): string => {
    if (digest === first.descriptor.digest) return join(path, MANIFEST_FILE);
    const manifest = join(path, manifestFileOf(digest));
    return existsSync(manifest) ? manifest : join(path, blobFileOf(digest));
  };
  const fetch = (descriptor: Descriptor): Content =>
    content(descriptor, () => readFile(fileOf(descriptor.digest)));
  await reportSignatures(path, options.onNotice);
  return {
    async resolve(reference) {
      if (reference === undefined || reference === first.descriptor.digest) {
        return await readRoot(first, fetch);
      }
      throw new NixociError("NOT_FOUND", `${path} has no image ${JSON.stringify(reference)}`, {
        hint: `it holds one image, ${first.descriptor.digest}, without a name`,
      });
    },
    list: () => Promise.resolve([{ select: first.descriptor.digest }]),
    async findContent(digest) {
      const file = fileOf(digest);
      if (!isDigest(digest) || !existsSync(file)) return undefined;
      const { size } = await stat(file);
      return content({ mediaType: "application/octet-stream", digest, size }, () => readFile(file));
    },
    fileOf(digest) {
      const file = resolve(fileOf(digest));
      return existsSync(file) ? file : undefined;
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** Says that skopeo's signatures, which lie in files of their own, are not read. */
async function reportSignatures(path: string, onNotice: SideOptions["onNotice"]): Promise<void> {
  const names = (await readdir(path)).filter((name) => /(?:^|\.)signature-\d+$/.test(name));
  if (names.length === 0) return;
  const message = `${path} has signatures in files (${names[0]}), which are not copied`;
  onNotice?.({ code: "LEFT_OUT", message });
}

/** Reads the first manifest, whose digest nobody has written down. */
async function readFirst(path: string): Promise<Content> {
  const bytes = await readSmall(path, MANIFEST_FILE);
  const what = join(path, MANIFEST_FILE);
  const mediaType = documentTypeOf(parseDocument(bytes, what), "", what);
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  return content(descriptor, () => streamBytes(bytes));
}

async function readSmall(path: string, name: string): Promise<Buffer> {
  const file = join(path, name);
  try {
    return await collectStream(readFile(file), MAX_DOCUMENT, file);
  } catch (error) {
    if (codeOf(error) !== "NOT_FOUND") throw error;
    throw new NixociError("NOT_FOUND", `${path} is not a folder of skopeo's: there is no ${file}`, {
      cause: error,
      hint: "for an OCI layout write oci-dir:",
    });
  }
}
