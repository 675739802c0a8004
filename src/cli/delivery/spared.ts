/** Spares questions to a repository whose answers are known: each of them takes a trip. */
import type { Digest } from "../../bytes/digest.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import type { PlaceReference } from "../../image/place.ts";
import type { Root } from "../../image/root.ts";
import type { Step } from "../../image/step.ts";
import { loadTree } from "../../image/tree.ts";
import type { ImageChange } from "./means.ts";
import { createSharedBlobs } from "./shared-blobs.ts";

/** The surroundings of a change. */
export interface ChangeContext {
  /** The place of the image, where it has one. */
  readonly source?: PlaceReference;
  readonly destination: PlaceReference;
  /** The repositories (`host/path`) that are known to hold content. */
  readonly holders: Map<Digest, string>;
  readonly dryRun: boolean;
}

/**
 * Makes a change of the steps. What is read from the destination's repository is there; documents
 * that are made here are small, and sent without asking, unless it is only said what would move.
 */
export function createChange(
  steps: readonly Step[],
  { source, destination, holders, dryRun }: ChangeContext,
): ImageChange {
  const made = new Set<Digest>();
  const [from, own] = [source, destination].map((place) => repositoryOf(place));
  const isHeld = ({ digest }: Descriptor): boolean =>
    own !== undefined && holders.get(digest) === own;
  const given = new Set<Digest>();
  const before: Step = (found) =>
    rememberChildren(found, (digest) => {
      given.add(digest);
      if (from !== undefined) holders.set(digest, from);
    });
  const after: Step = async (root) => {
    const { blobs, manifests } = await loadTree(root, isHeld);
    const configs = blobs.flatMap(({ kind, content }) => kind === "config" ? [content] : []);
    for (const { descriptor: { digest } } of [...configs, ...manifests, root.manifest]) {
      if (!given.has(digest) && !holders.has(digest)) made.add(digest);
    }
    return root;
  };
  const shared = createSharedBlobs(holders);
  return {
    steps: [...source ? [before] : [], ...steps, after],
    shared: {
      ...shared,
      direct: (sink) => ({
        ...shared.direct(sink),
        isKnown: isHeld,
        has: async (descriptor) => {
          if (isHeld(descriptor)) return true;
          return !(own !== undefined && made.has(descriptor.digest) && !dryRun) &&
            await sink.has(descriptor);
        },
      }),
    },
  };
}

/**
 * Returns the root, whose children are loaded once, however often they are asked for.
 * @param note gets the digests of what is in the root, and of what is in a child once that is loaded.
 */
export function rememberChildren(root: Root, note: (digest: Digest) => void): Root {
  for (const { descriptor } of listParts(root)) note(descriptor.digest);
  if (root.kind !== "index") return root;
  const children = root.children.map(({ descriptor, load }) => {
    let loaded: Promise<Root> | undefined;
    const remember = async () => rememberChildren(await load(), note);
    return { descriptor, load: () => loaded ??= remember() };
  });
  return { ...root, children };
}

function listParts(root: Root): readonly { readonly descriptor: Descriptor }[] {
  if (root.kind === "index") return [root.manifest, ...root.children];
  if (root.kind === "artifact") return [root.manifest, ...root.blobs];
  return [root.manifest, root.config, ...root.layers];
}

function repositoryOf(place: PlaceReference | undefined): string | undefined {
  return place?.image && `${place.image.host}/${place.image.repository}`;
}
