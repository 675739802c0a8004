/**
 * Companions: what is attached to images, by their subject or by a name made of the image's digest.
 * They go along with what a copy stores, and so does what is attached to them.
 */
import type { Digest } from "../bytes/digest.ts";
import { NixociError, runAtSide } from "../base/errors.ts";
import type { Root } from "../image/root.ts";
import type { Sink } from "../image/sink.ts";
import type { Source } from "../image/source.ts";
import { loadTree } from "../image/tree.ts";
import type { CopyOptions } from "./options.ts";

/** Something that is attached to a manifest. */
export interface Companion {
  readonly root: Root;
  /** The digest of what it is attached to. */
  readonly subject: Digest;
  /** The name that it is found by; none for one that names its subject. */
  readonly references: readonly string[];
}

/**
 * Refuses a destination that cannot hold what is asked for.
 * @throws NixociError `UNSUPPORTED`.
 */
export function checkCompanions(
  { traits }: Sink,
  { referrers = false, digestTags = false }: CopyOptions,
): void {
  if (traits.keepsReferrers || !referrers && !digestTags) return;
  throw new NixociError("UNSUPPORTED", "the destination cannot hold what is attached to images", {
    hint:
      "copy to a registry, oci-dir: or oci-archive:, or leave out --referrers and --digest-tags",
  });
}

/** Finds the companions of the roots and of all that is below them: each after what it is attached to. */
export async function findCompanions(
  from: Source,
  roots: readonly Root[],
  options: CopyOptions,
): Promise<readonly Companion[]> {
  const found: Companion[] = [];
  const seen = new Set<Digest>();
  let ahead: readonly Root[] = roots;
  while (ahead.length > 0) {
    const next: Root[] = [];
    for (const subject of await listSubjects(ahead)) {
      if (seen.has(subject)) continue;
      seen.add(subject);
      options.signal?.throwIfAborted();
      const companions = await runAtSide("source", () => listCompanions(from, subject, options));
      found.push(...companions);
      next.push(...companions.map(({ root }) => root));
    }
    ahead = next;
  }
  return found;
}

async function listSubjects(roots: readonly Root[]): Promise<Digest[]> {
  const digests: Digest[] = [];
  for (const root of roots) {
    const { manifests } = await runAtSide("source", () => loadTree(root));
    for (const { descriptor } of [root.manifest, ...manifests]) digests.push(descriptor.digest);
  }
  return digests;
}

/** Lists what is attached to one manifest, and not what is attached to that in turn. */
export async function listCompanions(
  from: Source,
  subject: Digest,
  { referrers, digestTags }: CopyOptions,
): Promise<Companion[]> {
  const companions: Companion[] = [];
  for (const child of referrers ? await from.listReferrers?.(subject) ?? [] : []) {
    companions.push({ root: await child.load(), subject, references: [] });
  }
  for (const { select } of digestTags ? await from.listDigestTags?.(subject) ?? [] : []) {
    companions.push({ root: await from.resolve(select), subject, references: [select] });
  }
  return companions;
}
