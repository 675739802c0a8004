/** Makes the manifest of an artifact. */
import { NixociError } from "../base/errors.ts";
import { type Content, contentOf } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { encodeJson } from "../image/json.ts";
import { EMPTY_CONFIG, MEDIA_TYPES } from "../image/media-types.ts";
import type { Artifact } from "../image/root.ts";

/** The parts of an artifact. */
export interface ArtifactFields {
  /** The media type of the whole: `application/vnd.example.sbom.v1`. */
  readonly type: string;
  /** Its blobs, in order. */
  readonly blobs?: readonly Content[];
  /** Left out, an empty one: nothing has to be said in it. */
  readonly config?: Content;
  /** The manifest that it is about. */
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Creates an artifact, as oras has it. The same parts make the same bytes: no time is written.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidelines-for-artifact-usage
 * @throws NixociError `USAGE` for a type that is not a media type.
 * @example
 * ```ts
 * import { contentOf, createArtifact } from "nixoci";
 * const note = contentOf("text/plain", new TextEncoder().encode("hi"));
 * const { manifest } = createArtifact({ type: "application/vnd.example.note", blobs: [note] });
 * console.log(manifest.descriptor.artifactType); // application/vnd.example.note
 * ```
 */
export function createArtifact(
  { type, blobs = [], config, subject, annotations = {} }: ArtifactFields,
): Artifact {
  checkType(type);
  const empty = contentOf(EMPTY_CONFIG, Buffer.from("{}"));
  const layers = blobs.length === 0 ? [empty] : blobs;
  const mediaType = MEDIA_TYPES.oci.manifest;
  const json = {
    schemaVersion: 2,
    mediaType,
    artifactType: type,
    config: (config ?? empty).descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
    ...subject && { subject: bareOf(subject) },
    ...Object.keys(annotations).length > 0 && { annotations },
  };
  const manifest = contentOf(mediaType, encodeJson(json));
  const named = { ...manifest, descriptor: { ...manifest.descriptor, artifactType: type } };
  return { kind: "artifact", manifest: named, blobs: [config ?? empty, ...layers] };
}

/** Returns a descriptor without what only the place says where it was found. */
function bareOf({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

const NAME = "[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}";
const MEDIA_TYPE = new RegExp(`^${NAME}/${NAME}$`);

/** Proves that a text is a media type (RFC 6838). @throws NixociError `USAGE`. */
export function checkType(type: string): void {
  if (MEDIA_TYPE.test(type)) return;
  throw new NixociError("USAGE", `${JSON.stringify(type)} is not a media type`, {
    hint: "write one such as application/vnd.example.sbom.v1+json",
  });
}
