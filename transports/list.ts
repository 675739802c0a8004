/** All transports by the scheme that the user types; each is loaded when it is first needed. */
import type { SideOptions, Transport } from "../src/image/transport.ts";
import { engineAccess } from "./daemon/options.ts";
import type { Access, AccessFlags } from "./lib/access.ts";
import { planAccess } from "./nix/options.ts";
import { layoutAccess } from "./oci-dir/options.ts";
import { registryAccess } from "./registry/options.ts";

/** A transport's line in the list: all that is known of it before it is loaded. */
interface TransportLine {
  /** The place that it stands for, in a few words. */
  readonly place: string;
  /** The form in which references to it are written. */
  readonly form: string;
  /** Names that people bring from other tools. The transport states them too; a test compares. */
  readonly aliases?: readonly string[];
  /** The location begins with a path, relative or not, and `-` is standard input or output. */
  readonly isPath?: boolean;
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
    access: registryAccess,
    load: () => import("./registry/mod.ts"),
  },
  "oci-dir": {
    place: "an OCI layout in a folder",
    form: "oci-dir:path[:name][@digest]",
    aliases: ["oci"],
    isPath: true,
    access: layoutAccess,
    load: () => import("./oci-dir/mod.ts"),
  },
  "oci-archive": {
    place: "an OCI layout in a tar archive; the path - is a pipe",
    form: "oci-archive:path[:name][@digest]",
    isPath: true,
    load: () => import("./oci-archive.ts"),
  },
  "docker-archive": {
    place: "what docker save makes; the path - is a pipe",
    form: "docker-archive:path[:name:tag|:@number]",
    isPath: true,
    load: () => import("./docker-archive/mod.ts"),
  },
  daemon: {
    place: "Docker's engine, or another that speaks as it does",
    form: "daemon:name[:tag|@digest]",
    aliases: ["docker-daemon"],
    access: engineAccess,
    load: () => import("./daemon/mod.ts"),
  },
  podman: {
    place: "Podman's engine",
    form: "podman:name[:tag|@digest]",
    load: () => import("./daemon/podman.ts"),
  },
  nix: {
    place: "an image of Nix store paths, by its plan, to read; the path - is a pipe",
    form: "nix:image.json",
    isPath: true,
    access: planAccess,
    load: () => import("./nix/mod.ts"),
  },
  memory: {
    place: "an image in this process",
    form: "memory:name",
    load: () => import("./memory.ts"),
  },
} as const satisfies Readonly<Record<string, TransportLine>>;

type Lines = (typeof TRANSPORTS)[keyof typeof TRANSPORTS];

type OptionsOf<Line> = Line extends { load: () => Promise<{ transport: Transport<infer Options> }> }
  ? Options
  : never;

type IntersectionOf<Union> = (Union extends unknown ? (one: Union) => void : never) extends
  (all: infer Each) => void ? Each : never;

/** Options of one side of a copy, whatever transport it is of: each reads those of its own. */
export type TransportOptions = IntersectionOf<OptionsOf<Lines>>;

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

/** Whether the locations of the scheme begin with a path. */
export function isPathScheme(scheme: string): boolean {
  return LIST.get(scheme)?.isPath ?? false;
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
  readonly place: string;
  readonly form: string;
  readonly aliases: readonly string[];
}

/** Lists the schemes of a command line: all but `memory:`, which is for programs. */
export function listSchemes(): SchemeInfo[] {
  return [...LIST].filter(([scheme]) => scheme !== "memory")
    .map(([, { place, form, aliases = [] }]) => ({ place, form, aliases }));
}

/** Describes the schemes with their aliases, for people; `memory:` is for programs. */
export function describeSchemes(): string {
  const words = SCHEMES.filter((scheme) => scheme !== "memory").map((scheme) => {
    const [alias] = LIST.get(scheme)?.aliases ?? [];
    return alias === undefined ? `${scheme}:` : `${scheme}: (or ${alias}:)`;
  });
  return `the schemes are ${words.join(", ")}`;
}
