/** The lines of `nixoci inspect`. */
import type { ImageSummary, IndexSummary, Summary } from "../../../image/inspect.ts";
import { readRunConfig, type RunConfig } from "../../../image/run-config.ts";
import { formatBytes, formatCount } from "../../kit/text.ts";

/** The images of a place that holds several: what means each, and its names. */
export interface ImagesSummary {
  readonly kind: "images";
  readonly images: readonly { readonly id: string; readonly names: readonly string[] }[];
}

/** Writes which images there are, for people. */
export function imagesLines({ images }: ImagesSummary): string[] {
  return section("images", images.map(({ id, names }) => [id, names.join(", ")].join("  ").trim()));
}

/** Writes a summary for people. */
export function formatSummary(summary: Summary): string[] {
  const { kind, digest, mediaType, annotations = {} } = summary;
  return [
    ...field(kind, digest),
    ...field("type", mediaType),
    ...(summary.kind === "image" ? imageLines(summary) : []),
    ...(summary.kind === "index" ? indexLines(summary) : []),
    ...(summary.kind === "artifact" ? field("of type", summary.artifactType) : []),
    ...(summary.kind === "artifact" ? summary.blobs.map(blobLine) : []),
    ...section(
      "annotations",
      Object.entries(annotations).map(([name, value]) => `${name}=${value}`),
    ),
  ];
}

function blobLine(
  { digest, size, mediaType }: { digest: string; size: number; mediaType: string },
) {
  return `  ${digest}  ${formatBytes(size).padStart(7)}  ${mediaType}`;
}

function imageLines({ platform, created, author, config, layers, size }: ImageSummary): string[] {
  return [
    ...field("platform", platform),
    ...field("created", created),
    ...field("author", author),
    ...field("size", `${formatBytes(size)} in ${formatCount(layers.length, "layer")}`),
    ...configLines(config),
    ...section(
      "layers",
      layers.map(({ digest, size, createdBy }) =>
        [digest, formatBytes(size).padStart(7), createdBy ?? ""].join("  ").trimEnd()
      ),
    ),
  ];
}

/** Writes what runs and how, in the words that a shell would want. */
function configLines(config: RunConfig): string[] {
  const { Entrypoint, Cmd, User, WorkingDir, ExposedPorts, Volumes, StopSignal, Env, Labels } =
    readRunConfig(config);
  return [
    ...field("entrypoint", words(Entrypoint)),
    ...field("command", words(Cmd)),
    ...field("user", User),
    ...field("folder", WorkingDir),
    ...field("ports", keys(ExposedPorts)),
    ...field("volumes", keys(Volumes)),
    ...field("stop signal", StopSignal),
    ...section("environment", Env ?? []),
    ...section("labels", Object.entries(Labels ?? {}).map(([name, text]) => `${name}=${text}`)),
  ];
}

function indexLines({ manifests }: IndexSummary): string[] {
  const width = Math.max(0, ...manifests.map((entry) => entry.for?.length ?? 0));
  return section(
    "manifests",
    manifests.map(({ digest, size, for: platform = "", artifactType = "" }) =>
      `${digest}  ${formatBytes(size).padStart(7)}  ${platform.padEnd(width)}  ${artifactType}`
        .trimEnd()
    ),
  );
}

function field(name: string, value: string | undefined): string[] {
  return value === undefined || value === "" ? [] : [`${name.padEnd(12)}${value}`];
}

function section(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [name, ...lines.map((line) => `  ${line}`)];
}

function words(list: readonly string[] = []): string {
  return list.map((word) => /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)).join(" ");
}

function keys(object: object = {}): string {
  return Object.keys(object).join(", ");
}
