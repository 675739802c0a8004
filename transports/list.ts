/** All transports by the scheme that the user types; each is loaded when it is first needed. */
import type { SideOptions, Transport } from "../src/image/transport.ts";
import { engineAccess, type EngineSideOptions } from "./daemon/options.ts";
import type { DockerArchiveSideOptions } from "./docker-archive/options.ts";
import type { Access, AccessFlags } from "./lib/access.ts";
import { planAccess, type PlanSideOptions } from "./nix.ts";
import { layoutAccess, type LayoutSideOptions } from "./oci-dir/options.ts";
import { registryAccess, type RegistrySideOptions } from "./registry/options.ts";

/** A transport's line in the list: all that is known of it before it is loaded. */
interface TransportLine {
  /** The place that it stands for, in a few words. */
  readonly place: string;
  /** The form in which references to it are written. */
  readonly form: string;
  /** Other schemes that mean the same, for people who come from other tools. */
  readonly aliases?: readonly string[];
  /**
   * The kind of its locations: a `path`, relative or not, with more behind it, where `-` is standard
   * input or output; or an `image`, by its name in a registry.
   */
  readonly location?: "path" | "image";
  /** Its images have no annotations, as Docker's format has it. */
  readonly lacksAnnotations?: boolean;
  /** Its images are gone when the process ends: nothing for a command line. */
  readonly isInProcess?: boolean;
  /** The flags that say how it is reached, where it has some. */
  readonly access?: Access<AccessFlags, SideOptions>;
  readonly load: () => Promise<{ readonly transport: Transport }>;
}

/** The list, in the order of the documentation. */
export const TRANSPORTS = {
  registry: {
    place: "a repository in a registry",
    form: "registry:[host[:port]/]repository[:tag][@digest]",
    aliases: ["docker"],
    location: "image",
    access: registryAccess,
    load: () => import("./registry/mod.ts"),
  },
  "oci-dir": {
    place: "an OCI layout in a folder",
    form: "oci-dir:path[:name][@digest]",
    aliases: ["oci"],
    location: "path",
    access: layoutAccess,
    load: () => import("./oci-dir/mod.ts"),
  },
  "oci-archive": {
    place: "an OCI layout in a tar archive; the path - is a pipe",
    form: "oci-archive:path[:name][@digest]",
    location: "path",
    load: () => import("./oci-archive.ts"),
  },
  dir: {
    place: "an image in a folder, as skopeo writes it",
    form: "dir:path",
    location: "path",
    load: () => import("./dir/mod.ts"),
  },
  "docker-archive": {
    place: "what docker save makes; the path - is a pipe",
    form: "docker-archive:path[:name:tag|:@number]",
    location: "path",
    lacksAnnotations: true,
    load: () => import("./docker-archive/mod.ts"),
  },
  daemon: {
    place: "Docker's engine, or another that speaks as it does",
    form: "daemon:name[:tag|@digest]",
    aliases: ["docker-daemon"],
    access: engineAccess,
    lacksAnnotations: true,
    load: () => import("./daemon/mod.ts"),
  },
  podman: {
    place: "Podman's engine",
    form: "podman:name[:tag|@digest]",
    access: engineAccess,
    lacksAnnotations: true,
    load: () => import("./daemon/podman.ts"),
  },
  "containers-storage": {
    place: "Podman's and Buildah's storage on this machine, through podman",
    form: "containers-storage:[[driver@root+run]]name[:tag|@digest]",
    access: engineAccess,
    lacksAnnotations: true,
    load: () => import("./daemon/containers-storage.ts"),
  },
  nix: {
    place: "an image of Nix store paths, by its plan, to read; the path - is a pipe",
    form: "nix:image.json",
    location: "path",
    access: planAccess,
    load: () => import("./nix.ts"),
  },
  memory: {
    place: "an image in this process",
    form: "memory:name",
    isInProcess: true,
    load: () => import("./memory.ts"),
  },
} as const satisfies Readonly<Record<string, TransportLine>>;

/**
 * Options of one side of a copy, whatever transport it is of: each reads those of its own. Written out,
 * since JSR wants types that nobody has to compute; the tests compute it.
 */
export type TransportOptions =
  & RegistrySideOptions
  & LayoutSideOptions
  & DockerArchiveSideOptions
  & EngineSideOptions
  & PlanSideOptions;

const LIST: ReadonlyMap<string, TransportLine> = new Map(Object.entries(TRANSPORTS));

/** The schemes, in the order of the documentation. */
export const SCHEMES: readonly string[] = [...LIST.keys()];

/** The schemes by the other names that they have. */
export const ALIASES: Readonly<Record<string, string>> = Object.fromEntries(
  [...LIST].flatMap(([scheme, { aliases = [] }]) => aliases.map((alias) => [alias, scheme])),
);

/** Returns the scheme that a word stands for, which may be an alias; `undefined` if there is none. */
export function schemeOf(word: string): string | undefined {
  const scheme = Object.hasOwn(ALIASES, word) ? ALIASES[word]! : word;
  return LIST.has(scheme) ? scheme : undefined;
}

/** Returns the kind of a scheme's locations, where it says one. */
export function locationKindOf(scheme: string): TransportLine["location"] {
  return LIST.get(scheme)?.location;
}

/** Tells whether the images of the scheme are gone when the process ends. */
export function isInProcess(scheme: string): boolean {
  return LIST.get(scheme)?.isInProcess ?? false;
}

/** Tells whether images keep their annotations there. */
export function hasAnnotations(scheme: string): boolean {
  return !LIST.get(scheme)?.lacksAnnotations;
}

/**
 * Loads the transport of a scheme or one of its aliases; `undefined` when there is none.
 * @example
 * ```ts
 * import { transportOf } from "nixoci";
 * console.log((await transportOf("docker"))?.scheme); // registry
 * ```
 */
export async function transportOf(
  scheme: string,
): Promise<Transport<TransportOptions> | undefined> {
  return (await LIST.get(schemeOf(scheme) ?? "")?.load())?.transport;
}

/** A scheme, for people. */
export interface SchemeInfo {
  readonly scheme: string;
  readonly place: string;
  readonly form: string;
  readonly aliases: readonly string[];
}

/** Lists the schemes of a command line: not those whose images are gone when it ends. */
export function listSchemes(): SchemeInfo[] {
  return [...LIST].filter(([scheme]) => !isInProcess(scheme))
    .map(([scheme, { place, form, aliases = [] }]) => ({ scheme, place, form, aliases }));
}

/** Describes the schemes of a command line with their aliases, for people. */
export function describeSchemes(): string {
  const words = listSchemes().map(({ scheme, aliases: [alias] }) =>
    alias === undefined ? `${scheme}:` : `${scheme}: (or ${alias}:)`
  );
  return `the schemes are ${words.join(", ")}`;
}
