/** All transports by the scheme that the user types; each is loaded when it is first named. */
import { NixociError } from "../src/base/errors.ts";
import { shownReference } from "../src/image/reference.ts";
import type { Sink, Source, Transport, TransportOptions } from "../src/image/root.ts";

const LOADERS: Readonly<Record<string, () => Promise<{ transport: Transport }>>> = {
  registry: () => import("./registry/mod.ts"),
  "oci-dir": () => import("./oci-dir.ts"),
  "oci-archive": () => import("./oci-archive.ts"),
  "docker-archive": () => import("./docker-archive.ts"),
  daemon: () => import("./daemon/mod.ts"),
  podman: () => import("./daemon/podman.ts"),
  nix: () => import("./nix.ts"),
  memory: () => import("./memory.ts"),
};

/** The names that people bring from other tools. Transports state them too; a test compares. */
export const ALIASES: Readonly<Record<string, string>> = {
  docker: "registry",
  oci: "oci-dir",
  "docker-daemon": "daemon",
};

/** The schemes, in the order of the documentation. */
export const SCHEMES: readonly string[] = Object.keys(LOADERS);

/** The scheme that a word stands for, which may be an alias; `undefined` when there is none. */
export function schemeOf(word: string): string | undefined {
  const name = Object.hasOwn(ALIASES, word) ? ALIASES[word]! : word;
  return Object.hasOwn(LOADERS, name) ? name : undefined;
}

/** The transport of a scheme or one of its aliases; `undefined` when there is none. */
export async function transportOf(scheme: string): Promise<Transport | undefined> {
  const name = schemeOf(scheme);
  return name === undefined ? undefined : (await LOADERS[name]!()).transport;
}

/** For people: the schemes with their aliases; `memory:` is for programs. */
export function schemesInWords(): string {
  const words = SCHEMES.filter((scheme) => scheme !== "memory").map((scheme) => {
    const alias = Object.keys(ALIASES).find((alias) => ALIASES[alias] === scheme);
    return alias === undefined ? `${scheme}:` : `${scheme}: (or ${alias}:)`;
  });
  return `the schemes are ${words.join(", ")}`;
}

/**
 * Opens what `scheme:location` names, to read images from it.
 * @throws NixociError `USAGE` for a scheme that is not there or cannot be read.
 * @example
 * ```ts
 * import { openSource } from "nixoci";
 * const source = await openSource("oci-dir:layout:latest");
 * ```
 */
export async function openSource(reference: string, options?: TransportOptions): Promise<Source> {
  const { transport, location } = await parse(reference);
  const open = (other: string) => openSource(other, options);
  if (transport.source) return await transport.source(location, { openSource: open, ...options });
  throw new NixociError("USAGE", `${transport.scheme}: cannot be read from`);
}

/**
 * Opens what `scheme:location` names, to put images into it. Nothing is made before the first
 * `put`.
 * @throws NixociError `USAGE` for a scheme that is not there or cannot be written.
 */
export async function openSink(reference: string, options?: TransportOptions): Promise<Sink> {
  const { transport, location } = await parse(reference);
  if (transport.sink) return await transport.sink(location, options);
  throw new NixociError("USAGE", `${transport.scheme}: cannot be written to`);
}

async function parse(reference: string): Promise<{ transport: Transport; location: string }> {
  const colon = reference.indexOf(":");
  const scheme = colon === -1 ? "" : reference.slice(0, colon);
  const transport = await transportOf(scheme);
  if (transport) return { transport, location: reference.slice(colon + 1) };
  const shown = shownReference(reference);
  throw new NixociError("USAGE", `${JSON.stringify(shown)} does not say where the image is`, {
    hint: suggestion(shown),
  });
}

function suggestion(reference: string): string {
  if (/^(\.{0,2}\/|~)/.test(reference) || reference.endsWith(".tar")) {
    return `write docker-archive:${reference}, oci-archive:${reference} or oci-dir:${reference}`;
  }
  if (reference !== "") {
    return `write registry:${reference} for a registry; ${schemesInWords()}`;
  }
  return schemesInWords();
}
