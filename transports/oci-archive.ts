/**
 * `oci-archive:PATH[:NAME]` or `PATH@DIGEST`: an OCI image layout in one tar file; `-` is a pipe.
 *
 * Read where it lies, compressed archives and pipes through a scratch file. Written in one pass:
 * blobs as they come, `index.json` last; a file that is there is replaced, not added to.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
import type { Digest } from "../src/bytes/digest.ts";
import { ownResources } from "../src/base/dispose.ts";
import { NixociError, wrapError } from "../src/base/errors.ts";
import { type Content, content } from "../src/image/content.ts";
import type { Descriptor } from "../src/image/descriptor.ts";
import { MAX_DOCUMENT } from "../src/image/json.ts";
import { readRoot } from "../src/image/documents/load.ts";
import type { PlaceReference } from "../src/image/place.ts";
import type { Sink } from "../src/image/sink.ts";
import type { Source } from "../src/image/source.ts";
import type { Transport } from "../src/image/transport.ts";
import type { IndexJson } from "../src/image/documents/schemas.ts";
import type { Members } from "./lib/archive/members.ts";
import { openArchive } from "./lib/archive/open.ts";
import { openOutput } from "../src/bytes/disk/open-output.ts";
import { createArchiveWriter } from "./lib/archive/write.ts";
import { reportDockerFormat } from "./lib/docker-format.ts";
import { addImages, chooseImage, listLayoutImages } from "./lib/layout-entries.ts";
import {
  addReferrers,
  createLayoutReferrers,
  type NotedReferrer,
  noteReferrer,
} from "./lib/layout-referrers.ts";
import {
  blobPathOf,
  checkLayout,
  createEmptyIndex,
  encodeIndex,
  INDEX_FILE,
  LAYOUT,
  LAYOUT_FILE,
  MAX_INDEX_FILE,
  namingOf,
  parseLayoutIndex,
  parseLayoutLocation,
} from "./lib/layout.ts";
import type { ArchiveSideOptions } from "./lib/archive/options.ts";

const SCHEME = "oci-archive";

async function openSource(
  place: PlaceReference,
  options: ArchiveSideOptions = {},
): Promise<Source> {
  const { path, reference } = parseLayoutLocation(place);
  return await ownResources(async (hold) => {
    const archive = hold(await openArchive(path, options));
    const index = await readIndex(archive, path);
    const fetch = (descriptor: Descriptor): Content => {
      const file = () => archive.file(blobPathOf(descriptor.digest));
      return {
        ...content(descriptor, () => file().open()),
        inPlace: async () => await file().inPlace(),
      };
    };
    return {
      resolve: async (wanted = reference) =>
        await readRoot(fetch(chooseImage(index, wanted, path)), fetch),
      ...createLayoutReferrers(index, fetch),
      findContent(digest) {
        const path = blobPathOf(digest);
        if (!archive.has(path)) return Promise.resolve(undefined);
        const { size } = archive.file(path);
        return Promise.resolve(fetch({ mediaType: "application/octet-stream", digest, size }));
      },
      list: () => Promise.resolve(reference === undefined ? listLayoutImages(index) : []),
    };
  });
}

async function readIndex(archive: Members, path: string): Promise<IndexJson> {
  if (!archive.has(LAYOUT_FILE) && archive.has("manifest.json")) {
    throw new NixociError("MALFORMED", `${path} is not an OCI layout, but what docker save makes`, {
      hint: "read it with docker-archive: instead",
    });
  }
  try {
    checkLayout(await archive.bytes(LAYOUT_FILE, MAX_DOCUMENT), path);
    return parseLayoutIndex(await archive.bytes(INDEX_FILE, MAX_INDEX_FILE), path);
  } catch (error) {
    throw wrapError(error, `Cannot read the OCI layout ${path}`);
  }
}

async function openSink(place: PlaceReference, options: ArchiveSideOptions = {}): Promise<Sink> {
  const { path, reference } = parseLayoutLocation(place);
  const archive = createArchiveWriter(() => openOutput(path, options), options);
  const there = new Set<Digest>();
  const noted: NotedReferrer[] = [];
  const putManifest = async (manifest: Content): Promise<void> => {
    const referrer = await noteReferrer(manifest);
    if (referrer) noted.push(referrer);
    await put(manifest);
  };
  const put = async ({ descriptor: { digest, size }, open }: Content): Promise<void> => {
    if (there.has(digest)) return;
    if (there.size === 0) await archive.add(LAYOUT_FILE, LAYOUT);
    await archive.add(blobPathOf(digest), open(), size);
    there.add(digest);
  };
  return {
    traits: { parallel: 1, keepsReferrers: true },
    naming: namingOf(reference),
    has: ({ digest }) => Promise.resolve(there.has(digest)),
    put: ({ kind, content }) => kind === "manifest" ? putManifest(content) : put(content),
    async commit(images) {
      for (const { root } of images) await putManifest(root.manifest);
      const named = addImages(createEmptyIndex(), images, reference);
      const hasSubject = (digest: Digest) => Promise.resolve(there.has(digest));
      const { index, lists } = await addReferrers(named, noted, refuseOther, hasSubject);
      for (const list of lists) await put(list);
      await archive.add(INDEX_FILE, encodeIndex(index));
      await archive.finish();
      reportDockerFormat(images, options.onNotice);
      return images.map(({ root }) => root.manifest.descriptor);
    },
    [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose](),
  };
}

/** There are no lists in an archive that is written anew. */
function refuseOther({ digest }: Descriptor): never {
  throw new NixociError("NOT_FOUND", `${digest} is not in the archive yet`);
}

/** An OCI image layout in a tar archive. */
export const transport: Transport<ArchiveSideOptions> = {
  scheme: SCHEME,
  source: openSource,
  sink: openSink,
};
