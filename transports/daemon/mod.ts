/**
 * `daemon:NAME[:TAG]`, or an image ID to read: the images in a Docker or Podman engine, through its
 * API. Which engine: `--host`, `DOCKER_HOST`, `CONTAINER_HOST`, the Docker context, or the first of
 * the usual sockets that answers. `daemon:` alone, as a destination, lets images keep their names.
 *
 * Reading spools what `docker save` gives and reads it as a docker-archive (`source.ts`). Loading
 * streams a docker-archive into `docker load` while it is made (`sink.ts`), without what the engine
 * has (`present.ts`).
 */
import type { Transport } from "../../src/image/transport.ts";
import type { EngineSideOptions } from "./options.ts";
import { openSink } from "./sink.ts";
import { openSource } from "./source.ts";

/** Images in a container engine. */
export const transport: Transport<EngineSideOptions> = {
  scheme: "daemon",
  source: (place, options) => openSource(place, options),
  sink: (place, options) => openSink(place, options),
};
