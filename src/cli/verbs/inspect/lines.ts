/** The lines of `nixoci inspect`. */
import type { ImageSummary, IndexSummary, Summary } from "../../../image/documents/inspect.ts";
import { readRunConfig, type RunConfig } from "../../../image/config/run-config.ts";
import { formatHealthcheck } from "./health.ts";
import { formatBytes, formatCount } from "../../kit/text.ts";

/** The images of a place that holds several: what means each, and its names. */
export interface ImagesSummary {
  readonly kind: "images";
  readonly images: readonly { readonly id: string; readonly names: readonly string[] }[];
}

/** Writes which images there are, for people. */
export function formatImages({ images }: ImagesSummary): string[] {
  return formatSection(
    "images",
    images.map(({ id, names }) => [id, names.join(", ")].join("  ").trim()),
  );
}

/** Writes a summary for people. */
export function formatSummary(summary: Summary): string[] {
  const { kind, digest, mediaType, annotations = {} } = summary;
  return [
    ...formatField(kind, digest),
    ...formatField("type", mediaType),
    ...(summary.kind === "image" ? formatImageLines(summary) : []),
    ...(summary.kind === "index" ? formatIndexLines(summary) : []),
    ...(summary.kind === "artifact" ? formatField("of type", summary.artifactType) : []),
    ...(summary.kind === "artifact" ? summary.blobs.map(formatBlob) : []),
    ...formatSection(
      "annotations",
      Object.entries(annotations).map(([name, value]) => `${name}=${value}`),
    ),
  ];
}

function formatBlob(
  { digest, size, mediaType }: { digest: string; size: number; mediaType: string },
) {
  return `  ${digest}  ${formatBytes(size).padStart(7)}  ${mediaType}`;
}

function formatImageLines(
  { platform, created, author, config, layers, size }: ImageSummary,
): string[] {
  return [
    ...formatField("platform", platform),
    ...formatField("created", created),
    ...formatField("author", author),
    ...formatField("size", `${formatBytes(size)} in ${formatCount(layers.length, "layer")}`),
    ...formatConfigLines(config),
    ...formatSection(
      "layers",
      layers.map(({ digest, size, createdBy }) =>
        [digest, formatBytes(size).padStart(7), createdBy ?? ""].join("  ").trimEnd()
      ),
    ),
  ];
}

/** Writes what runs and how, in the words that a shell would want. */
function formatConfigLines(config: RunConfig): string[] {
  const run = readRunConfig(config);
  const { Entrypoint, Cmd, User, WorkingDir, ExposedPorts, Volumes, StopSignal, Env, Labels } = run;
  return [
    ...formatField("entrypoint", formatWords(Entrypoint)),
    ...formatField("command", formatWords(Cmd)),
    ...formatField("user", User),
    ...formatField("folder", WorkingDir),
    ...formatField("ports", formatKeys(ExposedPorts)),
    ...formatField("volumes", formatKeys(Volumes)),
    ...formatField("stop signal", StopSignal),
    ...formatField("health", formatHealthcheck(run.Healthcheck, formatWords)),
    ...formatSection("environment", Env ?? []),
    ...formatSection(
      "labels",
      Object.entries(Labels ?? {}).map(([name, text]) => `${name}=${text}`),
    ),
  ];
}

function formatIndexLines({ manifests }: IndexSummary): string[] {
  const width = Math.max(0, ...manifests.map((entry) => entry.for?.length ?? 0));
  return formatSection(
    "manifests",
    manifests.map(({ digest, size, for: platform = "", artifactType = "" }) =>
      `${digest}  ${formatBytes(size).padStart(7)}  ${platform.padEnd(width)}  ${artifactType}`
        .trimEnd()
    ),
  );
}

function formatField(name: string, value: string | undefined): string[] {
  return value === undefined || value === "" ? [] : [`${name.padEnd(12)}${value}`];
}

function formatSection(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [name, ...lines.map((line) => `  ${line}`)];
}

function formatWords(list: readonly string[] = []): string {
  return list.map((word) => /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)).join(" ");
}

function formatKeys(object: object = {}): string {
  return Object.keys(object).join(", ");
}
