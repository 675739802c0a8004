/** The manifests of a place that are signed, or whose signatures count. */
import type { Digest } from "../../bytes/digest.ts";
import { useResources } from "../../base/dispose.ts";
import { createScratch } from "../../image/disk/scratch.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import { parsePlatform } from "../../image/platform.ts";
import { isAttachedTag } from "../../image/referrers.ts";
import type { Root } from "../../image/root.ts";
import type { Source } from "../../image/source.ts";
import { loadTree } from "../../image/tree.ts";
import { platform } from "../../steps/platform.ts";

/** The flags that say what is meant. */
export interface SubjectChoice {
  readonly platform?: readonly string[] | undefined;
  readonly recursive?: boolean;
}

/**
 * Finds what is meant: what the place names, or else all that it lists but what is attached to others;
 * of an index the index alone, or the images for platforms, or all that is in it.
 */
export async function findSubjects(
  source: Source,
  { platform: platforms, recursive }: SubjectChoice,
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const listed = await source.list?.() ?? [];
  const names = listed.map(({ select }) => select)
    .filter((name) => !isAttachedTag(name));
  const found = new Map<Digest, Descriptor>();
  for (const name of names.length === 0 ? [undefined] : names) {
    const root = await selectPlatforms(await source.resolve(name), platforms, signal);
    // Of several platforms the step makes an index, which is nowhere: its images are.
    const isMade = platforms !== undefined && root.kind === "index";
    const below = recursive || isMade ? (await loadTree(root)).manifests : [];
    for (const { descriptor } of [...isMade ? [] : [root.manifest], ...below]) {
      found.set(descriptor.digest, bareOf(descriptor));
    }
  }
  return [...found.values()];
}

async function selectPlatforms(
  root: Root,
  platforms: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<Root> {
  if (platforms === undefined) return root;
  return await useResources(async (hold) =>
    await platform(platforms.map(parsePlatform))(root, { scratch: hold(createScratch()), signal })
  );
}

function bareOf({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
