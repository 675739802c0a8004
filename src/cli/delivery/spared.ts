/** Spares questions to a repository whose answers are known: each of them takes a trip. */
import type { Digest } from "../../bytes/digest.ts";
import type { PlaceReference } from "../../image/place.ts";
import type { Root } from "../../image/root.ts";
import type { Step } from "../../image/step.ts";
import { loadTree } from "../../image/tree.ts";
import type { ImageChange } from "./copy.ts";
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
  const [given, made] = [new Set<Digest>(), new Set<Digest>()];
  const [from, own] = [source, destination].map((place) => repositoryOf(place));
  const before: Step = async (found) => {
    const root = rememberChildren(found);
    for (const digest of await listDigests(root, "all")) {
      given.add(digest);
      if (from !== undefined) holders.set(digest, from);
    }
    return root;
  };
  const after: Step = async (root) => {
    for (const digest of await listDigests(root, "documents")) {
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
        has: async (descriptor) => {
          if (own !== undefined && holders.get(descriptor.digest) === own) return true;
          return !(own !== undefined && made.has(descriptor.digest) && !dryRun) &&
            await sink.has(descriptor);
        },
      }),
    },
  };
}

/** Returns the root, whose children are loaded once, however often they are asked for. */
export function rememberChildren(root: Root): Root {
  if (root.kind !== "index") return root;
  const children = root.children.map(({ descriptor, load }) => {
    let loaded: Promise<Root> | undefined;
    return { descriptor, load: () => loaded ??= load().then(rememberChildren) };
  });
  return { ...root, children };
}

function repositoryOf(place: PlaceReference | undefined): string | undefined {
  return place?.image && `${place.image.host}/${place.image.repository}`;
}

async function listDigests(root: Root, which: "all" | "documents"): Promise<Digest[]> {
  const { blobs, manifests } = await loadTree(root);
  const wanted = which === "all" ? blobs : blobs.filter(({ kind }) => kind === "config");
  return [...wanted.map(({ content }) => content), ...manifests, root.manifest]
    .map(({ descriptor }) => descriptor.digest);
}
