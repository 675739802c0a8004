/** Changes annotations: of images, of an index, of an index's entries. */
import { NixociError } from "../base/errors.ts";
import { editKeys, type KeyedEdit } from "../image/config/edit-run-config.ts";
import { contentOf } from "../image/content.ts";
import { formatOf, readExtras, rebuildImage } from "../image/documents/assemble.ts";
import { descriptorOf } from "../image/documents/documents.ts";
import { readIndex } from "../image/documents/load.ts";
import type { IndexJson } from "../image/documents/schemas.ts";
import { encodeJson } from "../image/json.ts";
import { isIndex, isManifest, MEDIA_TYPES } from "../image/media-types.ts";
import type { Image, Index, Root } from "../image/root.ts";
import type { Step } from "../image/step.ts";
import { mapImages } from "./images.ts";

/** The document that annotations are in: an image's manifest, the index, or the entries of that. */
export type AnnotationPlace = "manifest" | "index" | "index-descriptor";

/**
 * Creates a step that sets annotations, and takes away those that are `null`.
 * @param place `manifest` by default: that of each image.
 * @throws from the step, NixociError `USAGE` for an index's annotations where there is not an index,
 * `UNSUPPORTED` for documents in Docker's format, which have none.
 * @example
 * ```ts
 * import { annotate, copy, openSink, openSource } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("oci-dir:out:noted");
 * const steps = [annotate({ "org.opencontainers.image.url": "https://example.com" }, "index")];
 * console.log((await copy(from, to, { steps })).images.length); // 1
 * ```
 */
export function annotate(edit: KeyedEdit, place: AnnotationPlace = "manifest"): Step {
  return async (root) => {
    if (place === "manifest") return await mapImages(root, (image) => annotateImage(image, edit));
    return await annotateIndex(root, edit, place);
  };
}

async function annotateImage(image: Image, edit: KeyedEdit): Promise<Image> {
  const { annotations } = await readExtras(image);
  const there = annotations as Record<string, string> | null | undefined;
  const edited = editKeys(there ?? {}, edit);
  if (isSame(there, edited)) return image;
  if (formatOf(image) === "docker") throw createDockerError(image);
  return await rebuildImage(image, { annotations: edited });
}

async function annotateIndex(
  root: Root,
  edit: KeyedEdit,
  place: "index" | "index-descriptor",
): Promise<Root> {
  if (root.kind !== "index") {
    const what = `${root.manifest.descriptor.digest} is not an index`;
    throw new NixociError("USAGE", `${what}: there is nowhere for an annotation of ${place}`, {
      hint: "leave the index out, for the manifest's own",
    });
  }
  const json = await readIndex(root.manifest);
  const after: IndexJson = place === "index"
    ? replaceAnnotations(json, edit)
    : { ...json, manifests: json.manifests.map((entry) => annotateEntry(entry, edit)) };
  if (encodeJson(after).equals(encodeJson(json))) return root;
  if (place === "index" && root.manifest.descriptor.mediaType === MEDIA_TYPES.docker.index) {
    throw createDockerError(root);
  }
  return replaceIndex(root, after);
}

type EntryJson = IndexJson["manifests"][number];

/** Annotates what is for a platform: attestations are not images. */
function annotateEntry(entry: EntryJson, edit: KeyedEdit): EntryJson {
  const isImage = (isManifest(entry.mediaType) || isIndex(entry.mediaType)) &&
    entry.platform?.os !== "unknown";
  return isImage ? replaceAnnotations(entry, edit) : entry;
}

function replaceAnnotations<T extends Pick<IndexJson, "annotations">>(
  of: T,
  edit: KeyedEdit,
): T {
  const { annotations, ...rest } = of;
  const edited = editKeys(annotations ?? {}, edit);
  return Object.keys(edited).length === 0 ? rest as T : { ...of, annotations: edited };
}

/** Returns the index with other words about the same children. */
function replaceIndex(index: Index, json: IndexJson): Index {
  return {
    kind: "index",
    manifest: contentOf(index.manifest.descriptor.mediaType, encodeJson(json)),
    children: index.children.map(({ load }, i) => ({
      descriptor: descriptorOf(json.manifests[i]!),
      load,
    })),
  };
}

function isSame(
  before: Readonly<Record<string, string>> | null | undefined,
  after: Readonly<Record<string, string>>,
): boolean {
  return JSON.stringify(before ?? {}) === JSON.stringify(after);
}

function createDockerError({ manifest: { descriptor } }: Root): NixociError {
  return new NixociError(
    "UNSUPPORTED",
    `${descriptor.digest} is in Docker's format, without annotations`,
    {
      hint: "give --format oci as well",
    },
  );
}
