/** A SPEC with every default decided: what the rest of a build works with. */
import { during, NixociError } from "../base/errors.ts";
import { given } from "../base/given.ts";
import type { Platform } from "../image/platform.ts";
import { type ImageReference, isTag, parseReference } from "../image/reference.ts";
import { rfc3339 } from "../image/time.ts";
import { checkPipeline, type Pipeline, type Strategy } from "../layering/mod.ts";
import { type Inherit, type RunConfig, spellRunConfig } from "../image/run-config.ts";
import { type Named, type Part, partOf, partsOf, type Style } from "./parts.ts";
import type { Spec } from "./spec/spec.ts";

/** How all files are, where no perm says otherwise. */
export interface Owner {
  readonly mtime?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly uname?: string;
  readonly gname?: string;
}

/** What a SPEC asks for. */
export interface Shape {
  readonly style: Style;
  readonly name: string | undefined;
  readonly tag: string | undefined;
  /** Explicit layers, those that others stand on first, and files that describe some. */
  readonly explicit: readonly (Part | Named)[];
  readonly own: Part;
  readonly strategy: Strategy;
  /** Instead of the strategy. */
  readonly pipeline: Pipeline | undefined;
  readonly includeStorePaths: boolean;
  readonly config: RunConfig;
  readonly inherit: Inherit;
  readonly created: string;
  /** What is left out is the base's, or the host's. */
  readonly platform: Partial<Pick<Platform, "os" | "architecture" | "variant">>;
  readonly owner: Owner;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

const DEFAULTS = {
  dockertools: {
    created: "1970-01-01T00:00:01Z",
    maxLayers: 100,
    inherit: "env",
    strategy: "popularity-contest",
  },
  nix2container: {
    created: "0001-01-01T00:00:00Z",
    maxLayers: 1,
    inherit: "none",
    strategy: "popularity",
  },
} as const satisfies Record<Style, unknown>;

/**
 * What the SPEC asks for.
 * @param folder what its relative paths are below.
 * @throws NixociError `USAGE` for fields that do not go together, and for a wrong config.
 */
export function shapeOf(spec: Spec, folder: string, now = new Date()): Shape {
  const style = spec.style ?? "dockertools";
  const defaults = DEFAULTS[style];
  return {
    style,
    name: spec.name ? nameOf(spec.name) : undefined,
    tag: spec.tag ? tagOf(spec.tag) : undefined,
    explicit: (spec.layers ?? []).flatMap((one, i) => partsOf(one, `layers[${i}]`, folder, style)),
    own: partOf({ maxLayers: defaults.maxLayers, ...given(spec) }, "", folder, style),
    strategy: spec.layering ?? defaults.strategy,
    pipeline: spec.layeringPipeline ? pipelineOf(spec.layeringPipeline) : undefined,
    includeStorePaths: spec.includeStorePaths ?? true,
    config: spellRunConfig(spec.config ?? {}, "config"),
    inherit: spec.inherit ?? defaults.inherit,
    created: timeOf(spec.created ?? defaults.created, now),
    platform: given({
      os: spec.os,
      architecture: spec.architecture ?? spec.arch,
      variant: spec.variant,
    }),
    owner: {
      ...(spec.mtime && { mtime: Math.floor(Date.parse(timeOf(spec.mtime, now)) / 1000) }),
      ...given({ uid: spec.uid, gid: spec.gid, uname: spec.uname, gname: spec.gname }),
    },
    annotations: spec.annotations ?? undefined,
  };
}

/** Lower case, as in dockerTools and nix2container. */
function nameOf(name: string): string {
  let reference: ImageReference;
  try {
    reference = parseReference(name.toLowerCase());
  } catch (error) {
    throw during(error, "name");
  }
  if (reference.tag === undefined && reference.digest === undefined) return name.toLowerCase();
  throw new NixociError("USAGE", `name: ${JSON.stringify(name)} is more than a name`, {
    hint: reference.tag === undefined ? "leave the digest out" : `give tag: "${reference.tag}"`,
  });
}

function tagOf(tag: string): string {
  if (isTag(tag)) return tag;
  throw new NixociError("USAGE", `tag: ${JSON.stringify(tag)} cannot be a tag`, {
    hint: "a tag has up to 128 letters, digits, . _ and -, and begins with none of . and -",
  });
}

function pipelineOf(pipeline: readonly unknown[]): Pipeline {
  checkPipeline(pipeline);
  return pipeline as Pipeline;
}

function timeOf(time: string, now: Date): string {
  if (time === "now") return now.toISOString().replace(/\.\d+Z$/, "Z");
  const whole = rfc3339(time);
  if (whole !== undefined) return whole;
  throw new NixociError("USAGE", `${JSON.stringify(time)} is no time`, {
    hint: "write it as 2026-01-31T12:00:00Z",
  });
}
