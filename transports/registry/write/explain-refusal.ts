/** Explains why a registry does not take a manifest, and what can be done. */
import { NixociError } from "../../../src/base/errors.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { layerTypeOf } from "../../../src/image/media-types.ts";
import { HttpFailure } from "../http/failure.ts";
import type { Endpoint } from "../endpoint.ts";

/** Tells whether the registry lacks something that the manifest names. */
function isIncomplete(error: unknown): boolean {
  return error instanceof HttpFailure &&
    error.codes.some((code) => ["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN"].includes(code));
}

/** Puts the error into words that say what to do, where it is one that we know. */
export function explainRefusal(
  error: unknown,
  { host, repository }: Endpoint,
  { digest, mediaType }: Descriptor,
  bytes: Buffer,
): unknown {
  if (!(error instanceof HttpFailure)) return error;
  const place = `${host}/${repository}`;
  if (isIncomplete(error)) {
    const foreign = listForeignLayers(bytes).find((each) => error.digests.includes(each.digest));
    if (foreign) return explainForeignRefusal(place, foreign, error);
    return new NixociError(
      "INCOMPLETE",
      `${place} lacks something that ${digest} names: ${error.message}`,
      {
        cause: error,
        hint: "it was there when it was looked for: copy again",
      },
    );
  }
  // Converting by ourselves, as skopeo does, would change digests that people have pinned or signed.
  const isOci = mediaType.startsWith("application/vnd.oci.");
  if (isOci && (error.status === 415 || error.codes.includes("MANIFEST_INVALID"))) {
    return error.withHint("if the registry knows Docker's manifests only, give --format docker");
  }
  return error;
}

/** Lists the layers that licences keep out of registries: nobody has pushed them. */
function listForeignLayers(bytes: Buffer): Descriptor[] {
  const { layers } = JSON.parse(bytes.toString()) as { layers?: Descriptor[] | null };
  return (layers ?? []).filter(({ mediaType }) => layerTypeOf(mediaType)?.distributable === false);
}

function explainForeignRefusal(place: string, { digest }: Descriptor, cause: unknown): NixociError {
  return new NixociError("REFUSED", `${place} takes no image whose layer ${digest} is elsewhere`, {
    cause,
    hint: "such layers stay where their URLs lead, which a registry has to allow",
  });
}
