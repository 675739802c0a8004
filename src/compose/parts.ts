/** The parts of a SPEC that describe layers: the image itself, and explicit layers. */
import { isAbsolute, resolve } from "node:path";
import { NixociError, reason } from "../base/errors.ts";
import { given } from "../base/given.ts";
import { rfc3339 } from "../image/time.ts";
import { goRegExp } from "../go/regexp/regexp.ts";
import type { Perm } from "../recipe/mod.ts";
import type { History } from "../plan/mod.ts";
import type { LayerSpec, MetadataSpec, PermSpec } from "./spec/spec.ts";

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

/** What nix2container says of layers that nobody says anything of. */
const MADE_BY_NIX2CONTAINER: History = { created_by: "nix2container" };

/**
 * An explicit layer with those below it, which come first; of layers that a file describes, the file.
 * Throws as {@link partOf} does.
 */
export function partsOf(
  layer: LayerSpec | string,
  at: string,
  folder: string,
  style: Style,
): (Part | Named)[] {
  if (typeof layer === "string") return [{ path: absolute(layer, folder), at }];
  const below = (layer.layers ?? []).flatMap((one, i) =>
    partsOf(one, `${at}.layers[${i}]`, folder, style)
  );
  return [...below, partOf(layer, at, folder, style)];
}

/**
 * The layers that one part of a SPEC describes.
 * @param at the field that describes them; empty for the image itself.
 * @param folder what relative paths are below.
 * @throws NixociError `USAGE` for a regular expression that is none.
 */
export function partOf(layer: LayerSpec, at: string, folder: string, style: Style): Part {
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
      ? entryOf(layer.metadata)
      : style === "nix2container"
      ? MADE_BY_NIX2CONTAINER
      : undefined,
  };
}

/** What the image's history says of a layer. */
export function entryOf({ created, ...rest }: MetadataSpec): History {
  return { ...given(rest), ...(created && { created: rfc3339(created)! }) };
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
