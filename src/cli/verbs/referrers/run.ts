/** The work of `nixoci referrers`. */
import { parsePlace } from "../../../../transports/reference.ts";
import { NixociError } from "../../../base/errors.ts";
import type { Digest } from "../../../bytes/digest.ts";
import type { Descriptor } from "../../../image/descriptor.ts";
import { parsePlatform } from "../../../image/platform.ts";
import type { Root } from "../../../image/root.ts";
import type { Source } from "../../../image/source.ts";
import { platform } from "../../../steps/platform.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { withSource } from "../../reference/with-source.ts";

/** Something that refers to a manifest. */
export interface FoundReferrer {
  readonly descriptor: Descriptor;
  /** The digest of what it refers to. */
  readonly subject: Digest;
  /** The tag that it is found by, if it names no subject. */
  readonly references: readonly string[];
}

/** An image with what refers to it, and to that in turn: each after what it refers to. */
export interface FoundReferrers {
  readonly descriptor: Descriptor;
  readonly referrers: readonly FoundReferrer[];
}

/** The flags that say what is looked for. */
export interface ReferrersChoice {
  readonly "artifact-type"?: string | undefined;
  readonly "digest-tags"?: boolean;
  readonly platform?: readonly string[] | undefined;
}

/** Finds what refers to an image. */
export async function findAttached(
  text: string,
  choice: ReferrersChoice,
  io: Io,
): Promise<FoundReferrers> {
  const place = parsePlace(text, { lasting: true });
  return await withSource(place, {}, readSideOptions(io.access, io), async (source, scratch) => {
    if (source.listReferrers === undefined) {
      throw new NixociError("USAGE", `nothing in ${place.scheme}: can refer to an image`, {
        hint: "registries, oci-dir: and oci-archive: hold such things",
      });
    }
    const found = await source.resolve();
    const root = choice.platform === undefined
      ? found
      : await platform(choice.platform.map(parsePlatform))(found, { scratch, signal: io.signal });
    const { mediaType, digest, size } = root.manifest.descriptor;
    const referrers: FoundReferrer[] = [];
    const seen = new Set<Digest>();
    for (const subject of subjectsOf(root)) {
      await collectReferrers(source, subject, choice, { referrers, seen });
    }
    return { descriptor: { mediaType, digest, size }, referrers };
  });
}

function subjectsOf(root: Root): Digest[] {
  const children = root.kind === "index" ? root.children : [];
  return [root.manifest, ...children].map(({ descriptor }) => descriptor.digest);
}

interface Found {
  readonly referrers: FoundReferrer[];
  readonly seen: Set<Digest>;
}

async function collectReferrers(
  source: Source,
  subject: Digest,
  choice: ReferrersChoice,
  found: Found,
): Promise<void> {
  if (found.seen.has(subject)) return;
  found.seen.add(subject);
  const { "artifact-type": type } = choice;
  for (const one of await listOf(source, subject, choice["digest-tags"] ?? false)) {
    // What is not of the type may have something below it that is.
    if (type === undefined || one.descriptor.artifactType === type) found.referrers.push(one);
    await collectReferrers(source, one.descriptor.digest, choice, found);
  }
}

async function listOf(source: Source, subject: Digest, tags: boolean): Promise<FoundReferrer[]> {
  const children = await source.listReferrers?.(subject) ?? [];
  const list: FoundReferrer[] = children
    .map(({ descriptor }) => ({ descriptor, subject, references: [] }));
  for (const { select } of tags ? await source.listDigestTags?.(subject) ?? [] : []) {
    const { manifest } = await source.readManifest?.(select) ?? await source.resolve(select);
    const { mediaType, digest, size } = manifest.descriptor;
    list.push({ descriptor: { mediaType, digest, size }, subject, references: [select] });
  }
  return list;
}
