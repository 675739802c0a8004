/**
 * Pushing manifests.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
 */
import { streamBytes } from "../../../src/bytes/stream.ts";
import { codeOf, NixociError } from "../../../src/base/errors.ts";
import { type Content, readContent } from "../../../src/image/content.ts";
import { MAX_DOCUMENT } from "../../../src/image/json.ts";
import type { Lacking } from "../../../src/image/sink.ts";
import { isAnswered } from "../http/failure.ts";
import { noRegistryError } from "../http/page.ts";
import { ACCEPT, headManifest } from "../read/manifest.ts";
import type { Session } from "../session.ts";
import type { ReferrersKeeper } from "./referrers.ts";
import { explainRefusal } from "./explain-refusal.ts";
import { isThere } from "./presence.ts";
import { DONE } from "./upload.ts";

/**
 * Stores the manifest under a tag or its digest.
 * @param keeper lists what it refers to, where the registry does not do so by itself.
 * @returns that the registry lacks what the manifest names, if so; which, not all of them say.
 * @throws NixociError `DIGEST` when the registry has understood another manifest.
 */
export async function pushManifest(
  to: Session,
  manifest: Content,
  reference: string,
  keeper?: ReferrersKeeper,
): Promise<Lacking | void> {
  const bytes = await readContent(manifest, MAX_DOCUMENT);
  const put = () => putManifest(to, manifest, bytes, reference);
  let stored = await put();
  if ("lacks" in stored) {
    // Some registries take a moment to see what they have just been given.
    await to.world.sleep(PAUSE, to.retry.signal);
    stored = await put();
  }
  if ("lacks" in stored) return stored;
  if (stored.lacksReferrers) await keeper?.add(manifest, bytes);
}

// In milliseconds.
const PAUSE = 500;

/** Stores the manifest; says whether the registry keeps no account of what refers to what. */
async function putManifest(
  to: Session,
  { descriptor }: Content,
  bytes: Buffer,
  reference: string,
): Promise<Lacking | { readonly lacksReferrers: boolean }> {
  const { mediaType, digest } = descriptor;
  return await to.ask({
    method: "PUT",
    to: `manifests/${reference}`,
    headers: { "content-type": mediaType },
    body: { size: bytes.length, mayMove: true, open: () => streamBytes(bytes) },
    expect: DONE,
  }, async ({ status, headers, url, hasLeft, discard }) => {
    await discard();
    const claimed = headers["docker-content-digest"];
    if (claimed !== undefined && claimed !== digest && digest.startsWith("sha256:")) {
      throw new NixociError("DIGEST", `${url.host} has stored ${digest} under another digest`);
    }
    const isSaid = !hasLeft &&
      (status === 201 || claimed !== undefined || headers.location !== undefined);
    if (!isSaid && !await isThere(to, `manifests/${digest}`, descriptor, ACCEPT)) {
      throw noRegistryError(url.host, "says that it has stored the manifest, which is not there");
    }
    return { lacksReferrers: headers["oci-subject"] === undefined };
  }).catch((error) => {
    const explained = explainRefusal(error, to.endpoint, descriptor, bytes);
    if (codeOf(explained) !== "INCOMPLETE") throw explained;
    return { lacks: "all" as const, error: explained as NixociError };
  });
}

/**
 * Does the same for a tag that may be immutable: to be refused is no failure where it names the
 * manifest already.
 */
export async function tagManifest(
  to: Session,
  manifest: Content,
  tag: string,
  keeper: ReferrersKeeper,
): Promise<Lacking | void> {
  try {
    return await pushManifest(to, manifest, tag, keeper);
  } catch (error) {
    if (!isAnswered(error) || error.isTransient) throw error;
    const named = await headManifest(to, tag).catch(() => undefined);
    if (named?.digest === manifest.descriptor.digest) return;
    if (named === undefined || error.hint !== undefined) throw error;
    throw error.withHint(`${tag} names another image, perhaps for good: give another tag`);
  }
}

/** Tells whether the manifest refers to another one. */
export function hasSubject(bytes: Buffer): boolean {
  return (JSON.parse(bytes.toString()) as { subject?: unknown }).subject !== undefined;
}
