/** `podman:NAME[:TAG]`: `daemon:` for those who mean Podman, though Docker may be running as well. */
import type { Transport } from "../../src/image/transport.ts";
import { connect } from "./engine.ts";
import type { EngineSideOptions } from "./options.ts";
import { openSink } from "./sink.ts";
import { openSource } from "./source.ts";

const connectToPodman = (options: EngineSideOptions) => connect(options, "podman");

/** Images in Podman. */
export const transport: Transport<EngineSideOptions> = {
  scheme: "podman",
  source: (place, options) => openSource(place, options, connectToPodman),
  sink: (place, options) => openSink(place, options, connectToPodman),
};
