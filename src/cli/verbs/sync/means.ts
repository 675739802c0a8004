/** Opens places for a sync, as the command line and the file say. */
import { openSink, openSource, type TransportOptions } from "../../../../transports/mod.ts";
import { parsePlace } from "../../../../transports/reference.ts";
import { listRepositories, listTags } from "../../../../transports/registry/mod.ts";
import { createCache } from "../../../cache/cache.ts";
import type { SyncMeans, SyncSide } from "../../../sync/mod.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";

/** Makes the means. What the command line says of a side wins over what the file says of a host. */
export function createMeans(io: Io): SyncMeans {
  const { proved, layers } = createCache();
  // Once for all: each repository is opened.
  const [source, destination] = (["src-", "dest-"] as const)
    .map((prefix) => readSideOptions(io.access, io, prefix)) as [
      TransportOptions,
      TransportOptions,
    ];
  const complete = ({ side, registry, ...common }: SyncSide): TransportOptions => {
    const own = side === "source" ? source : destination;
    return { ...own, ...common, proved, layers, registry: { ...registry, ...own.registry } };
  };
  return {
    parsePlace: (text) => parsePlace(text, { lasting: true }),
    openSource: (place, side) => openSource(place, complete(side)),
    openSink: (place, side) => openSink(place, complete(side)),
    listTags: (repository, side) => listTags(repository, complete(side)),
    listRepositories: (host, side) => listRepositories(host, complete(side)),
  };
}
