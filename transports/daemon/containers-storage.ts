/**
 * `containers-storage:[[DRIVER@ROOT+RUN:OPTIONS]]NAME[:TAG]`: the storage that Podman, Buildah and
 * CRI-O share. Only their library knows its format and locks, so that Podman is started on it, as a
 * service of our own at a socket that nobody else knows, until the work ends.
 * @see https://github.com/containers/image/blob/main/docs/containers-transports.5.md#containers-storage
 */
import { NixociError } from "../../src/base/errors.ts";
import type { PlaceReference } from "../../src/image/place.ts";
import type { Transport } from "../../src/image/transport.ts";
import { connect, type Engine } from "./engine.ts";
import type { EngineSideOptions } from "./options.ts";
import { openPodmanService } from "./podman-service.ts";
import { openSink } from "./sink.ts";
import { openSource } from "./source.ts";

/** Images in the storage of Podman and Buildah on this machine. */
export const transport: Transport<EngineSideOptions> = {
  scheme: "containers-storage",
  source: (place, options) => withStorage(place, openSource, options),
  sink: (place, options) => withStorage(place, openSink, options),
};

type Open<T> = (
  place: PlaceReference,
  options: EngineSideOptions | undefined,
  connectTo: (options: EngineSideOptions) => Promise<Engine>,
) => Promise<T>;

/** Opens the image in the storage; an engine that the user names has one of its own. */
async function withStorage<T>(
  place: PlaceReference,
  open: Open<T>,
  options?: EngineSideOptions,
): Promise<T> {
  const { flags, name } = parseStorageLocation(place.location);
  if (flags.length > 0 && options?.host !== undefined) {
    throw new NixociError("USAGE", `${place.text}: the engine of --host has a storage of its own`, {
      hint: "leave out --host, or what is in brackets",
    });
  }
  const connectTo = (options: EngineSideOptions) =>
    options.host === undefined
      ? openPodmanService(flags, options.signal)
      : connect(options, "podman");
  return await open({ ...place, location: name }, options, connectTo);
}

/**
 * Parses the location.
 * @returns the flags of podman that mean the storage, none for the usual one; and the image's name.
 * @throws NixociError `USAGE`.
 */
export function parseStorageLocation(
  location: string,
): { readonly flags: readonly string[]; readonly name: string } {
  if (!location.startsWith("[")) return { flags: [], name: location.replace(/^@/, "") };
  const [, driver, root, run, options, name] =
    /^\[(?:(\w+)@)?(\/[^+:\]]*)(?:\+(\/[^:\]]*))?(?::([^\]]+))?\]@?(.*)$/s.exec(location) ?? [];
  if (root === undefined || name === undefined) {
    throw new NixociError("USAGE", `${JSON.stringify(location)} does not name a storage`, {
      hint: "write containers-storage:[driver@/root+/run]name, or the name alone",
    });
  }
  const flags = [
    ...driver === undefined ? [] : ["--storage-driver", driver],
    ...["--root", root],
    ...run === undefined ? [] : ["--runroot", run],
    ...(options?.split(",") ?? []).flatMap((option) => ["--storage-opt", option]),
  ];
  return { flags, name };
}
