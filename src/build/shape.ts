/** A SPEC with every default decided: what the rest of a build works with. */
import { isAbsolute, resolve } from "node:path";
import { during, NixociError, reason } from "../errors.ts";
import type { Platform } from "../image/platform.ts";
import { type ImageReference, isTag, parseReference } from "../image/reference.ts";
import { goRegExp } from "../nix/layer/go-regexp.ts";
import type { Perm } from "../nix/layer/mod.ts";
import { checkPipeline, type Pipeline, type Strategy } from "../nix/layering/mod.ts";
import type { History } from "../nix/plan/mod.ts";
import { canonical, type Inherit, type RunConfig } from "./config.ts";
import type { LayerSpec, PermSpec, Spec } from "./spec.ts";

/** Whose bytes and defaults. */
export type Style = "dockertools" | "nix2container";

/** A path of a SPEC, absolute, and the field that names it. */
export interface Named {
  readonly path: string;
  readonly at: string;
}

/** A rule of `perms` and the path whose files it is about. */
export interface NamedPerm extends Named {
  readonly perm: Perm;
}

/** Some of the image's layers: those that one part of the SPEC describes. */
export interface Part {
  /** The field that describes it: `layers[0]`; empty for the image itself. */
  readonly at: string;
  readonly deps: readonly Named[];
  readonly copyToRoot: readonly Named[];
  readonly perms: readonly NamedPerm[];
  readonly ignore: Named | undefined;
  readonly maxLayers: number;
  readonly history: History | undefined;
}

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
  /** Explicit layers, those that others stand on first. */
  readonly explicit: readonly Part[];
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

/** What nix2container says of layers that nobody says anything of. */
const MADE_BY_NIX2CONTAINER: History = { created_by: "nix2container" };

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
    explicit: (spec.layers ?? []).flatMap((
      one,
      i,
    ) => [...parts(one, `layers[${i}]`, folder, style)]),
    own: partOf({ maxLayers: defaults.maxLayers, ...given(spec) }, "", folder, style),
    strategy: spec.layering ?? defaults.strategy,
    pipeline: spec.layeringPipeline ? pipelineOf(spec.layeringPipeline) : undefined,
    includeStorePaths: spec.includeStorePaths ?? true,
    config: canonical(spec.config ?? {}, "config"),
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

/** A layer with those below it, which come first. */
function* parts(layer: LayerSpec, at: string, folder: string, style: Style): Iterable<Part> {
  for (const [i, one] of (layer.layers ?? []).entries()) {
    yield* parts(one, `${at}.layers[${i}]`, folder, style);
  }
  yield partOf(layer, at, folder, style);
}

function partOf(layer: LayerSpec, at: string, folder: string, style: Style): Part {
  const field = (name: string): string => at === "" ? name : `${at}.${name}`;
  const named = (paths: string | string[] | null | undefined, name: string): Named[] =>
    typeof paths === "string"
      ? [{ path: absolute(paths, folder), at: field(name) }]
      : (paths ?? []).map((path, i) => ({
        path: absolute(path, folder),
        at: `${field(name)}[${i}]`,
      }));
  return {
    at,
    deps: named(layer.deps, "deps"),
    copyToRoot: named(layer.copyToRoot, "copyToRoot"),
    perms: (layer.perms ?? []).map((perm, i) => ({
      path: absolute(perm.path, folder),
      at: `${field("perms")}[${i}]`,
      perm: permOf(perm, `${field("perms")}[${i}]`),
    })),
    ignore: named(layer.ignore, "ignore")[0],
    maxLayers: layer.maxLayers ?? 1,
    history: layer.metadata
      ? given(layer.metadata)
      : style === "nix2container"
      ? MADE_BY_NIX2CONTAINER
      : undefined,
  };
}

function permOf({ path: _path, regex, ...rest }: PermSpec, at: string): Perm {
  try {
    goRegExp(regex);
  } catch (error) {
    throw new NixociError("USAGE", `${at}.regex: ${reason(error)}`, { cause: error });
  }
  return { regex, ...given(rest) };
}

function absolute(path: string, folder: string): string {
  if (path.includes("\0")) throw new NixociError("USAGE", "a path has a NUL character in it");
  return isAbsolute(path) ? resolve(path) : resolve(folder, path);
}

function timeOf(time: string, now: Date): string {
  if (time === "now") return now.toISOString().replace(/\.\d+Z$/, "Z");
  return time;
}

/** The object without fields that say nothing. */
export function given<T extends object>(
  object: T,
): { [K in keyof T]?: Exclude<T[K], null | undefined> } {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined && value !== null),
  ) as { [K in keyof T]?: Exclude<T[K], null | undefined> };
}
