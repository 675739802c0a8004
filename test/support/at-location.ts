/** A transport whose places are given by their locations alone. */
import type { Sink } from "../../src/image/sink.ts";
import type { Source } from "../../src/image/source.ts";
import type { SideOptions, Transport } from "../../src/image/transport.ts";
import { makePlace } from "../../transports/reference.ts";

export interface LocatedTransport<Options> {
  readonly scheme: string;
  source(location: string, options?: Options): Promise<Source>;
  sink(location: string, options?: Options): Promise<Sink>;
}

export function atLocation<Options extends SideOptions>(
  { scheme, source, sink }: Transport<Options>,
): LocatedTransport<Options> {
  return {
    scheme,
    source: async (location, options) => await source!(makePlace(scheme, location), options),
    sink: async (location, options) => await sink!(makePlace(scheme, location), options),
  };
}
