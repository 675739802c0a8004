/**
 * Opens places by their references.
 * @module
 */
import "../src/base/runtime.ts";
import { NixociError, runAtSide } from "../src/base/errors.ts";
import { limitSource } from "../src/image/layer/bounds.ts";
import type { Sink } from "../src/image/sink.ts";
import type { Source } from "../src/image/source.ts";
import type { Transport } from "../src/image/transport.ts";
import { transportOf, type TransportOptions } from "./list.ts";
import { checkSource } from "./judged-source.ts";
import { parsePlace, type PlaceReference } from "./reference.ts";

export { ALIASES, SCHEMES, transportOf, type TransportOptions } from "./list.ts";
export { readPolicy } from "./policy-file.ts";
export type { EngineSideOptions } from "./daemon/options.ts";
export type { DockerArchiveSideOptions } from "./docker-archive/options.ts";
export type { ArchiveSideOptions } from "./lib/archive/options.ts";
export type { PlanSideOptions } from "./nix.ts";
export type { LayoutSideOptions } from "./oci-dir/options.ts";
export { parsePlace, type PlaceReference, type PlaceWords } from "./reference.ts";
export type { RegistryOptions, RegistrySideOptions } from "./registry/options.ts";

/**
 * Opens what `scheme:location` names, to read images from it.
 * @throws NixociError `USAGE` for a scheme that is not there or cannot be read.
 * @example
 * ```ts
 * import { openSource } from "nixoci";
 * await using source = await openSource("oci-dir:in:latest");
 * console.log((await source.resolve()).kind); // index
 * ```
 */
export async function openSource(
  reference: string | PlaceReference,
  options?: TransportOptions,
): Promise<Source> {
  const place = typeof reference === "string" ? parsePlace(reference) : reference;
  const { source } = await loadTransport(place.scheme);
  if (!source) throw new NixociError("USAGE", `${place.scheme}: cannot be read from`);
  const openOther: TransportOptions["openSource"] = (other, more) =>
    openSource(other, { ...options, ...more });
  const how = { openSource: openOther, ...options };
  const opened = await runAtSide("source", () => source(place, how));
  const limited = options?.bounds ? limitSource(opened, options.bounds) : opened;
  const judge = async () => {
    const given = options?.policy;
    const policy = typeof given === "function" ? await given() : given;
    return policy === undefined ? limited : await checkSource(limited, place, policy);
  };
  return await runAtSide("source", judge).catch(async (error) => {
    await opened[Symbol.asyncDispose]();
    throw error;
  });
}

/**
 * Opens what `scheme:location` names, to put images into it. Nothing is made before the first
 * `put`.
 * @throws NixociError `USAGE` for a scheme that is not there or cannot be written.
 * @example
 * ```ts
 * import { copy, openSink, openSource } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("oci-dir:images:hello");
 * const { images } = await copy(from, to, { all: true });
 * console.log(images.length); // 1
 * ```
 */
export async function openSink(
  reference: string | PlaceReference,
  options?: TransportOptions,
): Promise<Sink> {
  const place = typeof reference === "string" ? parsePlace(reference) : reference;
  const { sink } = await loadTransport(place.scheme);
  if (!sink) throw new NixociError("USAGE", `${place.scheme}: cannot be written to`);
  return await runAtSide("destination", () => sink(place, options));
}

async function loadTransport(scheme: string): Promise<Transport<TransportOptions>> {
  const transport = await transportOf(scheme);
  if (transport !== undefined) return transport;
  throw new NixociError("USAGE", `there is no transport ${scheme}:`);
}
