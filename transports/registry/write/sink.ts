/** A repository as a {@link Sink}. */
import type { Digest } from "../../../src/bytes/digest.ts";
import { NixociError, wrapError } from "../../../src/base/errors.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { isIndex, isManifest } from "../../../src/image/media-types.ts";
import type { PlaceReference } from "../../../src/image/place.ts";
import {
  formatReference,
  type ImageReference,
  parseReference,
} from "../../../src/image/reference.ts";
import type { NamedRoot } from "../../../src/image/root.ts";
import type { Sink, SinkNaming } from "../../../src/image/sink.ts";
import { HttpFailure } from "../http/failure.ts";
import { openNamed } from "../open.ts";
import type { RegistrySideOptions } from "../options.ts";
import { ACCEPT } from "../read/manifest.ts";
import type { Session } from "../session.ts";
import { WORLD } from "../world.ts";
import { pushBlob } from "./blob.ts";
import { findHeldBlobs } from "./held-blobs.ts";
import { pushManifest, tagManifest } from "./manifest.ts";
import { createTagMemory, tagFor, tagsOf } from "./tag-memory.ts";
import { hasBlob, isThere } from "./presence.ts";
import { readUpload, type Upload } from "./upload.ts";
import { createWays } from "./ways.ts";

// The number of blobs at a time, unless the user says: more gain nothing on loopback.
const JOBS = 6;

/** Opens a repository to write to. Nothing is asked before it is used. */
export async function openSink(
  { image, location }: PlaceReference,
  options: RegistrySideOptions = {},
  world = WORLD,
): Promise<Sink> {
  const reference = image ?? parseReference(location);
  const to = await openNamed(reference, "pull,push", options, world);
  const tagged = createTagMemory(to);
  const namesOf = ({ root, references }: NamedRoot) =>
    tagsOf(root.manifest.descriptor, references, reference);
  return {
    traits: { parallel: options.jobs ?? JOBS, layers: "gzip", closed: true },
    naming: namingOf(reference),
    prepare: async (images) => images.forEach(namesOf),
    isCommitted: ({ manifest, references }) =>
      tagged.areThere(manifest, tagsOf(manifest.descriptor, references, reference)),
    holds: (image) => findHeldBlobs(namesOf(image), image.root, to),
    async has(descriptor) {
      if (!isDocument(descriptor)) return await hasBlob(to, descriptor);
      return tagged.isKnown(descriptor) ||
        await isThere(to, `manifests/${descriptor.digest}`, descriptor, ACCEPT);
    },
    ...createBlobPushes(to),
    async commit(images) {
      images.forEach(namesOf);
      for (const image of images) {
        const { manifest } = image.root;
        for (const tag of namesOf(image)) {
          if (tagged.isKnown(manifest.descriptor, tag)) continue;
          const explain = (error: unknown) =>
            wrapError(error, `Cannot push ${formatReference(reference)}`);
          const lacking = await tagManifest(to, manifest, tag).catch((error) => {
            throw explain(error);
          });
          if (lacking) return { ...lacking, error: explain(lacking.error) };
        }
      }
      return images.map(({ root }) => root.manifest.descriptor);
    },
    [Symbol.asyncDispose]: () => to[Symbol.asyncDispose](),
  };
}

function isDocument({ mediaType }: Descriptor): boolean {
  return isManifest(mediaType) || isIndex(mediaType);
}

/** Returns the names that images get in the repository, where the reference leaves them open. */
function namingOf({ tag, digest }: ImageReference): SinkNaming {
  return {
    own: digest === undefined ? [tag ?? "latest"] : [],
    open: tag === undefined && digest === undefined,
    keepsOwn: true,
    nameFor: (name, manifest) => name === undefined ? manifest?.digest : tagFor(name),
  };
}

/** Mounts and pushes; what was to be mounted and is not goes on with the upload that it began. */
function createBlobPushes(to: Session): Required<Pick<Sink, "mount" | "put">> {
  const begun = new Map<Digest, Upload>();
  const ways = createWays(to.world);
  return {
    async mount(descriptor, fromRepository) {
      const upload = await mountBlob(to, descriptor, fromRepository);
      if (typeof upload === "boolean") return upload;
      begun.set(descriptor.digest, upload);
      return false;
    },
    async put({ kind, content }) {
      const { digest } = content.descriptor;
      const upload = begun.get(digest);
      begun.delete(digest);
      try {
        if (kind === "manifest") return await pushManifest(to, content, digest);
        await pushBlob(to, content, ways, upload);
      } catch (error) {
        if (!(error instanceof HttpFailure)) throw error; // the source's, and it says so
        throw wrapError(error, `Cannot push to ${to.endpoint.host}/${to.endpoint.repository}`);
      }
    },
  };
}

/** `true` when it is mounted, an upload when the registry would rather have the bytes. */
async function mountBlob(
  to: Session,
  { digest }: Descriptor,
  fromRepository: string,
): Promise<boolean | Upload> {
  const { host, repository } = to.endpoint;
  const from = fromRepository.slice(host.length + 1);
  if (fromRepository !== `${host}/${from}` || from === repository) return false;
  const query = new URLSearchParams({ mount: digest, from });
  try {
    return await to.ask({
      method: "POST",
      to: `blobs/uploads/?${query}`,
      expect: [201, 202],
      alsoFrom: from,
    }, async (reply) => {
      if (reply.status === 202) return await readUpload(reply);
      await reply.discard();
      return true;
    });
  } catch (error) {
    if (error instanceof HttpFailure || error instanceof NixociError) return false;
    throw error;
  }
}
