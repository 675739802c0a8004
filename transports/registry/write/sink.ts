/** A repository as a {@link Sink}. */
import type { Digest } from "../../../src/bytes/digest.ts";
import { disposeAll } from "../../../src/base/dispose.ts";
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
import { createBlobFinder } from "./blob-finder.ts";
import { pushBlob } from "./blob.ts";
import { findHeldBlobs } from "./held-blobs.ts";
import { pushManifest, tagManifest } from "./manifest.ts";
import { createTagMemory, tagFor, tagsOf } from "./tag-memory.ts";
import { createRemover } from "./remove.ts";
import { createReferrersKeeper, type ReferrersKeeper } from "./referrers.ts";
import { isThere } from "./presence.ts";
import { beginUpload, dropUpload, readUpload, type Upload } from "./upload.ts";
import { createWays } from "./ways.ts";

// The most blobs at a time, unless the user says: how many make sense the way to it decides.
const JOBS = 12;

/** Opens a repository to write to. Nothing is asked before it is used. */
export async function openSink(
  { image, location }: PlaceReference,
  options: RegistrySideOptions = {},
  world = WORLD,
): Promise<Sink> {
  const reference = image ?? parseReference(location);
  const to = await openNamed(reference, "pull,push", options, world);
  const tagged = createTagMemory(to);
  const keeper = createReferrersKeeper(to, async (list, tag) => {
    const lacking = await pushManifest(to, list, tag);
    if (lacking) throw lacking.error;
  });
  const pushes = createBlobPushes(to, keeper);
  const hasBlob = createBlobFinder(to);
  const namesOf = ({ root, references }: NamedRoot) =>
    tagsOf(root.manifest.descriptor, references, reference);
  return {
    traits: {
      parallel: options.jobs ?? JOBS,
      layers: "gzip",
      closed: true,
      keepsReferrers: true,
      mountsUnasked: true,
    },
    naming: namingOf(reference),
    roundTrip: () => to.roundTrip(),
    prepare: async (images) => images.forEach(namesOf),
    isCommitted: ({ manifest, references }) =>
      tagged.areThere(manifest, tagsOf(manifest.descriptor, references, reference)),
    holds: async (image) =>
      // An artifact need not have a name: the place may name what it is attached to.
      image.root.kind === "image" ? await findHeldBlobs(namesOf(image), image.root, to) : new Set(),
    async has(descriptor) {
      if (!isDocument(descriptor)) return await hasBlob(descriptor);
      return tagged.isKnown(descriptor) ||
        await isThere(to, `manifests/${descriptor.digest}`, descriptor, ACCEPT);
    },
    ...createRemover(to),
    mount: pushes.mount,
    expect: pushes.expect,
    put: pushes.put,
    async commit(images) {
      images.forEach(namesOf);
      await keeper.settle();
      for (const image of images) {
        const { manifest } = image.root;
        for (const tag of namesOf(image)) {
          if (tagged.isKnown(manifest.descriptor, tag)) continue;
          const explain = (error: unknown) =>
            wrapError(error, `Cannot push ${formatReference(reference)}`);
          const lacking = await tagManifest(to, manifest, tag, keeper).catch((error) => {
            throw explain(error);
          });
          if (lacking) return { ...lacking, error: explain(lacking.error) };
        }
      }
      await keeper.settle();
      return images.map(({ root }) => root.manifest.descriptor);
    },
    [Symbol.asyncDispose]: () => disposeAll([to, pushes]),
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

/** The powers of a repository to take blobs. */
interface BlobPushes extends AsyncDisposable, Required<Pick<Sink, "mount" | "expect" | "put">> {}

/** Mounts and pushes, with uploads that were begun before: for a mount that was not granted, or early. */
function createBlobPushes(to: Session, keeper: ReferrersKeeper): BlobPushes {
  const begun = new Map<Digest, Upload>();
  const ways = createWays(to.world);
  const explain = (error: unknown): unknown =>
    error instanceof HttpFailure
      ? wrapError(error, `Cannot push to ${to.endpoint.host}/${to.endpoint.repository}`)
      : error; // the source's, and it says so
  return {
    async mount(descriptor, fromRepository) {
      const upload = await mountBlob(to, descriptor, fromRepository);
      if (typeof upload === "boolean") return upload;
      begun.set(descriptor.digest, upload);
      return false;
    },
    async expect({ digest }) {
      try {
        if (!begun.has(digest)) begun.set(digest, await beginUpload(to));
      } catch (error) {
        throw explain(error);
      }
    },
    async put({ kind, content }) {
      const { digest } = content.descriptor;
      const upload = begun.get(digest);
      begun.delete(digest);
      try {
        if (kind === "manifest") return await pushManifest(to, content, digest, keeper);
        await pushBlob(to, content, ways, upload);
      } catch (error) {
        throw explain(error);
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...begun.values()].map((upload) => dropUpload(to, upload)));
      begun.clear();
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
  const query = `mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
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
