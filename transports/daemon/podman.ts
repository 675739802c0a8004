/** `podman:NAME[:TAG]`: `daemon:` for those who mean Podman, though Docker may be running as well. */
import type { Transport } from "../../src/image/root.ts";
import type { EngineSideOptions } from "./options.ts";
import { sink } from "./sink.ts";
import { source } from "./source.ts";

/** Images in Podman. */
export const transport: Transport<EngineSideOptions> = {
  scheme: "podman",
  source: (location, options) => source(location, options, "podman"),
  sink: (location, options) => sink(location, options, "podman"),
};
