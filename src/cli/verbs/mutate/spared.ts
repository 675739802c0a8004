/** Spares questions to the destination whose answers are known: each is a trip to a registry. */
import type { Digest } from "../../../bytes/digest.ts";
import type { PlaceReference } from "../../../image/place.ts";
import type { Root } from "../../../image/root.ts";
import type { Sink } from "../../../image/sink.ts";
import type { Step } from "../../../image/step.ts";
import { loadTree } from "../../../image/tree.ts";

/** The knowledge of what is at the destination. */
export interface SparedQuestions {
  /** Passes the root on, and notes what it is made of: for before and after all changes. */
  readonly before: Step;
  readonly after: Step;
  /** Returns a sink that knows it. */
  direct(sink: Sink): Sink;
}

/**
 * Creates it. What is read from a repository is in it; documents that are made here are small, and
 * sent without asking, unless it is only said what would move.
 */
export function createSparedQuestions(
  source: PlaceReference,
  destination: PlaceReference,
  dryRun: boolean,
): SparedQuestions {
  const [given, made] = [new Set<Digest>(), new Set<Digest>()];
  const isSame = source.image !== undefined && source.image.host === destination.image?.host &&
    source.image.repository === destination.image.repository;
  return {
    async before(root) {
      for (const digest of await listDigests(root, "all")) given.add(digest);
      return root;
    },
    async after(root) {
      for (const digest of await listDigests(root, "documents")) {
        if (!given.has(digest)) made.add(digest);
      }
      return root;
    },
    direct: (sink) => ({
      ...sink,
      has: async (descriptor) => {
        if (isSame && given.has(descriptor.digest)) return true;
        return !(made.has(descriptor.digest) && !dryRun) && await sink.has(descriptor);
      },
    }),
  };
}

async function listDigests(root: Root, which: "all" | "documents"): Promise<Digest[]> {
  const { blobs, manifests } = await loadTree(root);
  const wanted = which === "all" ? blobs : blobs.filter(({ kind }) => kind === "config");
  return [...wanted.map(({ content }) => content), ...manifests, root.manifest]
    .map(({ descriptor }) => descriptor.digest);
}
