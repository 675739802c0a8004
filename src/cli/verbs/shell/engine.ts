/** Asks a container engine for shell images. */
import { connect, type Engine } from "../../../../transports/daemon/engine.ts";
import { inspectImage } from "../../../../transports/daemon/images.ts";
import type { PlaceReference } from "../../../../transports/reference.ts";
import { type Hold, useResources } from "../../../base/dispose.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { KEY_LABEL } from "./key.ts";

/** The schemes of engines. */
const SCHEMES = ["daemon", "podman"];

/** Tells whether a place is in an engine. */
export function isEnginePlace({ scheme }: PlaceReference): boolean {
  return SCHEMES.includes(scheme);
}

/** Works with an engine that answers, as the flags for the destination say. */
export async function withEngine<T>(
  scheme: string,
  io: Io,
  work: (engine: Engine, hold: Hold) => Promise<T>,
): Promise<T> {
  const { signal, notice } = io;
  const options = readSideOptions(io.access, { signal, notice }, "dest-");
  return await useResources(async (hold) =>
    await work(hold(await connect(options, scheme === "podman" ? scheme : undefined)), hold)
  );
}

/** Tells whether the engine has the image of this name with this key. */
export async function hasShellImage(engine: Engine, name: string, key: string): Promise<boolean> {
  return (await inspectImage(engine, name))?.labels[KEY_LABEL] === key;
}
