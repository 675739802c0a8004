/** `podman:NAME[:TAG]`: `daemon:` for those who mean Podman, though Docker may be running as well. */
import type { Transport } from "../../src/image/transport.ts";
import type { EngineSideOptions } from "./options.ts";
import { openSink } from "./sink.ts";
import { openSource } from "./source.ts";

/** Images in Podman. */
export const transport: Transport<EngineSideOptions> = {
  scheme: "podman",
  source: openSource,
  sink: openSink,
};
