/** Opens places by their references. */
import { NixociError } from "../src/base/errors.ts";
import type { Sink } from "../src/image/sink.ts";
import type { Source } from "../src/image/source.ts";
import type { Transport } from "../src/image/transport.ts";
import { transportOf, type TransportOptions } from "./list.ts";
import { parsePlace, type PlaceReference } from "./reference.ts";

export { ALIASES, SCHEMES, transportOf, type TransportOptions } from "./list.ts";

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
  const { transport, location } = await findTransport(reference);
  const open: TransportOptions["openSource"] = (other, more) =>
    openSource(other, { ...options, ...more });
  if (transport.source) return await transport.source(location, { openSource: open, ...options });
  throw new NixociError("USAGE", `${transport.scheme}: cannot be read from`);
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
  const { transport, location } = await findTransport(reference);
  if (transport.sink) return await transport.sink(location, options);
  throw new NixociError("USAGE", `${transport.scheme}: cannot be written to`);
}

async function findTransport(
  reference: string | PlaceReference,
): Promise<{ transport: Transport<TransportOptions>; location: string }> {
  const { scheme, location } = typeof reference === "string" ? parsePlace(reference) : reference;
  const transport = await transportOf(scheme);
  if (transport !== undefined) return { transport, location };
  throw new NixociError("USAGE", `there is no transport ${scheme}:`);
}
