/** The work of `nixoci manifest put`. */
import { openSink } from "../../../../../transports/mod.ts";
import { useResources } from "../../../../base/dispose.ts";
import { NixociError } from "../../../../base/errors.ts";
import { readFile } from "../../../../bytes/disk/file.ts";
import { collectStream } from "../../../../bytes/stream.ts";
import { content, contentOf } from "../../../../image/content.ts";
import type { Descriptor } from "../../../../image/descriptor.ts";
import { documentTypeOf } from "../../../../image/documents/document-type.ts";
import { parseDocument, parseIndex, parseManifest } from "../../../../image/documents/documents.ts";
import { MAX_DOCUMENT } from "../../../../image/json.ts";
import { isIndex } from "../../../../image/media-types.ts";
import type { Artifact } from "../../../../image/root.ts";
import type { Sink } from "../../../../image/sink.ts";
import type { Io } from "../../../kit/io.ts";
import { readSideOptions } from "../../../kit/sides.ts";
import { parseWritablePlace } from "../../../reference/writable-place.ts";

/** A manifest, and the names that it has got. */
export interface PutManifest {
  readonly descriptor: Descriptor;
  readonly references: readonly string[];
}

/** Puts a manifest, if all that it names is there. */
export async function putManifestFile(
  text: string,
  path: string,
  flags: { readonly "media-type"?: string | undefined; readonly "dry-run"?: boolean },
  io: Io,
): Promise<PutManifest> {
  const place = parseWritablePlace(text, "put a manifest into");
  const bytes = await collectStream(readFile(path), MAX_DOCUMENT, path);
  const document = parseDocument(bytes, path);
  const mediaType = documentTypeOf(document, flags["media-type"] ?? "", path);
  const plain = contentOf(mediaType, bytes);
  const manifest = content(plain.descriptor, () => plain.open());
  return await useResources(async (hold) => {
    const sink = hold(await openSink(place, readSideOptions(io.access, io)));
    const missing = await findMissing(sink, bytes, mediaType, path);
    if (missing !== undefined) {
      throw new NixociError("INCOMPLETE", `${missing} is not there, and ${path} names it`, {
        hint: "put it first: nixoci blob put, or nixoci manifest put",
      });
    }
    const root: Artifact = { kind: "artifact", manifest, blobs: [] };
    const named = [{ root, references: [] }];
    await sink.prepare?.(named);
    const { digest, size } = manifest.descriptor;
    const put = { descriptor: { mediaType, digest, size }, references: sink.naming?.own ?? [] };
    if (flags["dry-run"]) return put;
    const committed = await sink.commit(named);
    if ("lacks" in committed) throw committed.error;
    return put;
  });
}

/** Finds something that the manifest names and that is not there. */
async function findMissing(
  sink: Sink,
  bytes: Buffer,
  mediaType: string,
  what: string,
): Promise<string | undefined> {
  const parts = isIndex(mediaType)
    ? parseIndex(bytes, what).manifests
    : partsOf(parseManifest(bytes, what));
  for (const part of parts) if (!await sink.has(part as Descriptor)) return part.digest;
  return undefined;
}

function partsOf({ config, layers }: ReturnType<typeof parseManifest>) {
  return [config, ...layers];
}
