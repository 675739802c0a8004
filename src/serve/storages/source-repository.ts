/** The images of a source as a repository: found by tag and digest as far as they are looked into. */
import { type Digest, isDigest } from "../../bytes/digest.ts";
import { codeOf, ignoreAbsent } from "../../base/errors.ts";
import { type Content, readContent } from "../../image/content.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import { MAX_DOCUMENT } from "../../image/json.ts";
import { isTag } from "../../image/reference.ts";
import type { Child, Root } from "../../image/root.ts";
import type { Source } from "../../image/source.ts";
import { watchReaders } from "../../image/watch-readers.ts";
import { parsePushedManifest, pushedReferrerOf } from "../document.ts";
import type { ServedRepository } from "../storage.ts";
import { serveContent } from "./content.ts";

// The tag of an image that has no name where it is, and of one that is alone there: who asks for no tag
// asks for this one, and what a SPEC says no tag for is called after its ID.
const UNNAMED = "latest";

/** The contents of a source that are known by now. Layers are never opened for that. */
interface KnownContents {
  readonly manifests: Map<Digest, Content>;
  readonly blobs: Map<Digest, Content>;
  /** Manifests that an index names and nobody has asked for yet. */
  readonly children: Map<Digest, Child>;
}

/**
 * Serves one source. Its images are those that it lists now; a new list needs a new source.
 * @param begin is called when content is about to be read; what it returns, when that is over.
 */
export function createSourceRepository(source: Source, begin: () => () => void): ServedRepository {
  const known: KnownContents = { manifests: new Map(), blobs: new Map(), children: new Map() };
  const resolve = async (select?: string): Promise<Content> => {
    const root = await source.resolve(select);
    learnRoot(known, root);
    return root.manifest;
  };
  let all: Promise<void> | undefined;
  const learnAll = (): Promise<void> => {
    all ??= learnEvery(source, known).catch((error) => {
      all = undefined;
      throw error;
    });
    return all;
  };
  const findByTag = async (tag: string): Promise<Content | undefined> => {
    if (source.list === undefined) return await ignoreAbsent(resolve(tag));
    const tags = await tagsOf(source);
    return tags.has(tag) ? await resolve(tags.get(tag)) : undefined;
  };
  const findByDigest = async (digest: Digest): Promise<Content | undefined> => {
    await known.children.get(digest)?.load().then((root) => learnRoot(known, root));
    if (!known.manifests.has(digest)) await learnAll();
    const found = known.manifests.get(digest);
    if (found !== undefined || source.list !== undefined) return found;
    return await ignoreAbsent(resolve(digest));
  };
  return {
    async findManifest(reference) {
      const find = isDigest(reference) ? findByDigest(reference) : findByTag(reference);
      const found = await find;
      return found && serveContent(watchReaders(found, begin));
    },
    async findBlob(digest) {
      if (!known.blobs.has(digest)) await learnAll();
      const found = known.blobs.get(digest);
      return found && serveContent(watchReaders(found, begin));
    },
    listTags: async () => source.list === undefined ? [] : [...(await tagsOf(source)).keys()],
    async listReferrers(subject) {
      await learnAll();
      return await listReferrers(known, subject);
    },
  };
}

/** Returns the source's tags, and what it takes to resolve each. */
async function tagsOf(source: Source): Promise<Map<string, string | undefined>> {
  const [only, ...others] = await source.list?.() ?? [];
  const tags = new Map([only, ...others].flatMap((listed) => {
    const tag = readTag(listed?.name ?? "");
    return tag === undefined ? [] : [[tag, listed?.select] as const];
  }));
  return others.length > 0 ? tags : tags.set(UNNAMED, only?.select);
}

/** Returns the tag in a name, which may be a tag alone or a whole reference. */
function readTag(name: string): string | undefined {
  const tag = name.slice(name.lastIndexOf(":") + 1);
  return isTag(tag) ? tag : undefined;
}

/** Learns all that the source lists, indexes' images included. */
async function learnEvery(source: Source, known: KnownContents): Promise<void> {
  if (source.list === undefined) return;
  const listed = await source.list();
  const selects = listed.length === 0 ? [undefined] : listed.map(({ select }) => select);
  for (const select of selects) await learnSound(known, () => source.resolve(select));
  // An index may be in another one: what it adds is visited, too.
  for (const child of known.children.values()) await learnSound(known, () => child.load());
}

/** Learns a root, unless it is nothing that we can read: that does not keep the others from us. */
async function learnSound(known: KnownContents, load: () => Promise<Root>): Promise<void> {
  try {
    learnRoot(known, await load());
  } catch (error) {
    const code = codeOf(error);
    if (code !== "MALFORMED" && code !== "UNSUPPORTED" && code !== "LIMIT") throw error;
  }
}

function learnRoot({ manifests, blobs, children }: KnownContents, root: Root): void {
  const { digest } = root.manifest.descriptor;
  children.delete(digest);
  manifests.set(digest, root.manifest);
  if (root.kind === "index") {
    for (const child of root.children) {
      if (!manifests.has(child.descriptor.digest)) children.set(child.descriptor.digest, child);
    }
    return;
  }
  const contents = root.kind === "image" ? [root.config, ...root.layers] : root.blobs;
  for (const content of contents) blobs.set(content.descriptor.digest, content);
}

async function listReferrers(
  { manifests }: KnownContents,
  subject: Digest,
): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  for (const manifest of manifests.values()) {
    const document = parsePushedManifest(await readContent(manifest, MAX_DOCUMENT));
    if (document.subject === subject) found.push(pushedReferrerOf(manifest.descriptor, document));
  }
  return found;
}
