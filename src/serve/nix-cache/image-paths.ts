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
      const described = (await Promise.all(subjects.map((one) => readClosures(repository, one))))
        .flat();
      found.push({ ...await readTold(root), described });
    }
  };
  await visit(top, []);
  return found;
}

async function readTold(image: Image): Promise<Omit<ImagePaths, "described">> {
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

async function readClosures(
  repository: ServedRepository,
  { digest }: Descriptor,
): Promise<PathDescription[]> {
  const fetch = fetchServed(repository);
  const found: PathDescription[] = [];
  for (const referrer of await repository.listReferrers(digest)) {
    if (referrer.artifactType !== CLOSURE_TYPE) continue;
    const root = await readRoot(fetch(referrer), fetch);
    if (root.kind !== "artifact") continue;
    for (const blob of root.blobs) {
      found.push(...parseDescription(String(await readContent(blob, LARGEST))));
    }
  }
  // References are written into a page line by line: anything else could say more than they do.
  return found.filter(({ path, references }) =>
    [path, ...references].every((one) => isStorePath(one))
  );
}
