/** The store paths of an image, and the layers that each is in. */
import { CLOSURE_TYPE } from "../../explain/closure.ts";
import { toldLayersOf } from "../../explain/recorded.ts";
import { content, readContent } from "../../image/content.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import { readConfig, readRoot } from "../../image/documents/load.ts";
import type { Image, Layer, Root } from "../../image/root.ts";
import { parseDescription } from "../../nix/description/mod.ts";
import type { PathDescription } from "../../nix/description/path-description.ts";
import { isStorePath } from "../../nix/formats/store-path.ts";
import type { ServedBytes, ServedRepository } from "../storage.ts";
import { fetchServed } from "../storages/content.ts";

/** One image of a repository. */
export interface ImagePaths {
  /** Lists the layers that a path is in; all, where the image does not say it; none if it has no such path. */
  layersOf(path: string): readonly Layer[];
  /** The store paths that it says it has; `undefined` where it says nothing. */
  readonly told: ReadonlySet<string> | undefined;
  /** The closures that are attached to it, or to the index that lists it. */
  readonly described: readonly PathDescription[];
  /** Tells whether other closures are attached by now. */
  isOutdated(): Promise<boolean>;
}

/** Reads the images that a manifest leads to. @throws what reading throws. */
export async function readImagePaths(
  repository: ServedRepository,
  manifest: ServedBytes,
): Promise<ImagePaths[]> {
  const fetch = fetchServed(repository);
  const top = await readRoot(content(manifest.descriptor, () => manifest.read()), fetch);
  const found: ImagePaths[] = [];
  const visit = async (root: Root, above: readonly Descriptor[]): Promise<void> => {
    const subjects = [...above, root.manifest.descriptor];
    if (root.kind === "index") {
      for (const child of root.children) await visit(await child.load(), subjects);
    } else if (root.kind === "image") {
      const closures = await listClosures(repository, subjects);
      const described = (await Promise.all(closures.map((one) => readClosure(repository, one))))
        .flat();
      const isOutdated = async () =>
        digestsOf(closures) !== digestsOf(await listClosures(repository, subjects));
      found.push({ ...await readTold(root), described, isOutdated });
    }
  };
  await visit(top, []);
  return found;
}

async function readTold(image: Image): Promise<Pick<ImagePaths, "told" | "layersOf">> {
  const { json: config } = await readConfig(image.config);
  const layers = new Map<string, Layer[]>();
  for (const { layer, storePaths = [] } of toldLayersOf(image.layers, config)) {
    for (const path of storePaths) layers.set(path, [...layers.get(path) ?? [], layer]);
  }
  if (layers.size === 0) return { told: undefined, layersOf: () => image.layers };
  return { told: new Set(layers.keys()), layersOf: (path) => layers.get(path) ?? [] };
}

// A closure of tens of thousands of paths has some 30 MB.
const LARGEST = 256 * 1024 * 1024;

async function listClosures(
  repository: ServedRepository,
  subjects: readonly Descriptor[],
): Promise<Descriptor[]> {
  const all = await Promise.all(subjects.map(({ digest }) => repository.listReferrers(digest)));
  return all.flat().filter(({ artifactType }) => artifactType === CLOSURE_TYPE);
}

function digestsOf(descriptors: readonly Descriptor[]): string {
  return descriptors.map(({ digest }) => digest).sort().join();
}

async function readClosure(
  repository: ServedRepository,
  closure: Descriptor,
): Promise<PathDescription[]> {
  const fetch = fetchServed(repository);
  const root = await readRoot(fetch(closure), fetch);
  if (root.kind !== "artifact") return [];
  const found: PathDescription[] = [];
  for (const blob of root.blobs) {
    found.push(...parseDescription(String(await readContent(blob, LARGEST))));
  }
  // References are written into a page line by line: anything else could say more than they do.
  return found.filter(({ path, references }) =>
    [path, ...references].every((one) => isStorePath(one))
  );
}
