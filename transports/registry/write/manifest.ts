/**
 * Pushing manifests.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
 */
import { fromBytes } from "../../../src/bytes/stream.ts";
import { NixociError } from "../../../src/base/errors.ts";
import { bytesOf, type Content } from "../../../src/image/content.ts";
import { MAX_DOCUMENT } from "../../../src/image/json.ts";
import { HttpFailure } from "../http/failure.ts";
import type { Lacking } from "../../../src/image/root.ts";
import { noRegistry } from "../http/page.ts";
import { ACCEPT } from "../read/manifest.ts";
import type { Session } from "../session.ts";
import { addReferrer } from "./referrers.ts";
import { isThere } from "./there.ts";
import { DONE } from "./upload.ts";

/**
 * Stores the manifest under a tag or its digest.
 * @returns that the registry lacks what the manifest names, if so; which, not all of them say.
 * @throws NixociError `DIGEST` when the registry has understood another manifest.
 */
export async function pushManifest(
  to: Session,
  manifest: Content,
  reference: string,
): Promise<Lacking | void> {
  const { mediaType, digest } = manifest.descriptor;
  const bytes = await bytesOf(manifest, MAX_DOCUMENT);
  const stored = await to.ask({
    method: "PUT",
    to: `manifests/${reference}`,
    headers: { "content-type": mediaType },
    body: { size: bytes.length, open: () => fromBytes(bytes) },
    expect: DONE,
  }, async ({ status, headers, url, discard }) => {
    await discard();
    const claimed = headers["docker-content-digest"];
    if (claimed !== undefined && claimed !== digest && digest.startsWith("sha256:")) {
      throw new NixociError("DIGEST", `${url.host} has stored ${digest} under another digest`);
    }
    const isSaid = status === 201 || claimed !== undefined || headers.location !== undefined;
    if (!isSaid && !await isThere(to, `manifests/${digest}`, manifest.descriptor, ACCEPT)) {
      throw noRegistry(url.host, "says that it has stored the manifest, which is not there");
    }
    return { lacksReferrers: headers["oci-subject"] === undefined };
  }).catch((error) => lackingOf(error, to, digest));
  if ("lacks" in stored) return stored;
  const { subject } = JSON.parse(bytes.toString()) as { subject?: { digest?: unknown } };
  if (subject === undefined || !stored.lacksReferrers) return;
  const added = await addReferrer(to, manifest, bytes);
  if (added) await pushManifest(to, added.index, added.tag);
}

/** Reads from a refusal that the registry lacks what the manifest names; throws any other. */
function lackingOf(error: unknown, { endpoint }: Session, digest: string): Lacking {
  if (!(error instanceof HttpFailure)) throw error;
  if (!error.codes.includes("MANIFEST_BLOB_UNKNOWN") && !error.codes.includes("BLOB_UNKNOWN")) {
    throw error;
  }
  const place = `${endpoint.host}/${endpoint.repository}`;
  return {
    lacks: "all",
    error: new NixociError(
      "INCOMPLETE",
      `${place} lacks something that ${digest} names: ${error.message}`,
      { cause: error, hint: "it was there when it was looked for: copy again" },
    ),
  };
}
