/** Describes images, indexes and artifacts as plain data, for people and programs. */
import type { Digest } from "../../bytes/digest.ts";
import type { Descriptor } from "../descriptor.ts";
import { readConfig, readIndex, readManifest } from "./load.ts";
import { formatPlatform } from "../platform.ts";
import { artifactTypeOf } from "../referrers.ts";
import type { Image, Index, Root } from "../root.ts";
import type { ConfigJson } from "./schemas.ts";

/** A layer and the step of the history that made it. */
export interface LayerSummary extends Descriptor {
  readonly diffId: Digest;
  readonly createdBy?: string;
}

/** An image for one platform: its config, and its layers, lowest first. */
export interface ImageSummary {
  readonly kind: "image";
  readonly digest: Digest;
  readonly mediaType: string;
  readonly platform: string;
  readonly created?: string;
  readonly author?: string;
  /** `Env`, `Cmd`, `Labels` and the rest, as the config has them. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly configDigest: Digest;
  readonly layers: readonly LayerSummary[];
  /** The sum of the layers as they are stored. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An index: its entries in its order, each with its platform as text in `for`. */
export interface IndexSummary {
  readonly kind: "index";
  readonly digest: Digest;
  readonly mediaType: string;
  readonly manifests: readonly (Descriptor & { readonly for?: string })[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An artifact that is not a container image: its blobs, of any type. */
export interface ArtifactSummary {
  readonly kind: "artifact";
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType: string;
  readonly blobs: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The summary of a root; `kind` says which of the three it is. */
export type Summary = ImageSummary | IndexSummary | ArtifactSummary;

/**
 * Describes a root. Reads its manifest and config, no layer, no child.
 * @throws NixociError as reading throws.
 * @example
 * ```ts
 * import { inspect, openSource } from "nixoci";
 * await using source = await openSource("oci-dir:in");
 * const summary = await inspect(await source.resolve());
 * if (summary.kind === "index") console.log(summary.manifests.map((entry) => entry.for)); // [ 'linux/amd64', 'linux/arm64' ]
 * ```
 */
export async function inspect(root: Root): Promise<Summary> {
  if (root.kind === "image") return await inspectImage(root);
  if (root.kind === "index") return await inspectIndex(root);
  const { digest, mediaType } = root.manifest.descriptor;
  const json = await readManifest(root.manifest);
  return {
    kind: "artifact",
    digest,
    mediaType,
    artifactType: artifactTypeOf(json) ?? mediaType,
    blobs: root.blobs.map(({ descriptor }) => descriptor),
    annotations: json.annotations ?? undefined,
  };
}

async function inspectImage({ manifest, config, layers }: Image): Promise<ImageSummary> {
  const { digest, mediaType } = manifest.descriptor;
  const { json } = await readConfig(config);
  const { annotations } = await readManifest(manifest);
  const steps = (json.history ?? []).filter((step) => !step.empty_layer);
  return {
    kind: "image",
    digest,
    mediaType,
    platform: formatConfigPlatform(json),
    created: json.created || undefined,
    author: json.author || undefined,
    config: json.config ?? {},
    configDigest: config.descriptor.digest,
    layers: layers.map(({ descriptor, diffId }, i) => ({
      ...descriptor,
      diffId,
      createdBy: steps[i]?.created_by || undefined,
    })),
    size: layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0),
    annotations: annotations ?? undefined,
  };
}

function formatConfigPlatform(
  { os, architecture, variant, "os.version": version }: ConfigJson,
): string {
  return formatPlatform({
    os: os ?? "unknown",
    architecture: architecture ?? "unknown",
    variant,
    "os.version": version || undefined,
  });
}

async function inspectIndex({ manifest, children }: Index): Promise<IndexSummary> {
  const { digest, mediaType } = manifest.descriptor;
  const { annotations } = await readIndex(manifest);
  return {
    kind: "index",
    digest,
    mediaType,
    manifests: children.map(({ descriptor }) => ({
      ...descriptor,
      for: descriptor.platform && formatPlatform(descriptor.platform),
    })),
    annotations: annotations ?? undefined,
  };
}
