/** Such a folder, as a destination. */
import { readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { useResources } from "../../src/base/dispose.ts";
import { isSystemError, NixociError, wrapError } from "../../src/base/errors.ts";
import type { Digest } from "../../src/bytes/digest.ts";
import { createBatch, openAtomicFile, writeAtomicFile } from "../../src/bytes/disk/atomic.ts";
import type { Content } from "../../src/image/content.ts";
import type { PlaceReference } from "../../src/image/place.ts";
import type { Sink } from "../../src/image/sink.ts";
import {
  blobFileOf,
  formatVersion,
  MANIFEST_FILE,
  manifestFileOf,
  pathOf,
  VERSION_FILE,
} from "./files.ts";
import { makeDraft, publishDraft } from "./publish.ts";

/** Opens the folder to put an image into; nothing is there before the first blob comes. */
export async function openSink(place: PlaceReference): Promise<Sink> {
  const path = resolve(pathOf(place));
  const durable = createBatch();
  const stored = new Set<Digest>();
  let home: Promise<string> | undefined;
  const write = async ({ descriptor, open }: Content, name: string): Promise<void> => {
    const folder = await (home ??= makeDraft(path));
    await useResources(async (hold) => {
      const file = hold(await openAtomicFile(join(folder, name), { batch: durable }));
      for await (const chunk of open()) await file.write(chunk);
      await file.commit();
    });
    stored.add(descriptor.digest);
  };
  return {
    traits: { parallel: 8 },
    naming: { own: [], open: false },
    async prepare(images) {
      if (images.length > 1 || images.some(({ references }) => references.length > 0)) {
        throw new NixociError("USAGE", `${place.text} holds one image, without a name`, {
          hint: "copy images one by one, or to oci-dir:",
        });
      }
      await refuseForeign(path);
    },
    has: ({ digest }) => Promise.resolve(stored.has(digest)),
    put: async ({ kind, content }) => {
      const { digest } = content.descriptor;
      await write(content, kind === "manifest" ? manifestFileOf(digest) : blobFileOf(digest));
    },
    async commit(images) {
      const { manifest } = images[0]!.root;
      await write(manifest, MANIFEST_FILE);
      const folder = await home!;
      await durable.flush();
      await writeAtomicFile(join(folder, VERSION_FILE), formatVersion(stored));
      await refuseForeign(path);
      await publishDraft(folder, path);
      home = undefined;
      return [manifest.descriptor];
    },
    async [Symbol.asyncDispose]() {
      await durable[Symbol.asyncDispose]();
      const folder = await home?.catch(() => undefined);
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Refuses a folder that is not one of skopeo's: it would be emptied. */
async function refuseForeign(path: string): Promise<void> {
  const names = await listNames(path);
  if (names.length === 0 || names.includes(VERSION_FILE) && names.includes(MANIFEST_FILE)) return;
  throw new NixociError("EXISTS", `${path} is not empty and is not a folder of skopeo's`, {
    hint: "name another folder, or empty this one",
  });
}

async function listNames(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return [];
    throw wrapError(error, `Cannot write to ${path}`);
  }
}
