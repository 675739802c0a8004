/** Images that are built here, put into the tests' Docker. */
import type { BuildResult } from "../../../src/compose/build.ts";
import { sourceOf } from "../../../src/compose/source.ts";
import { copy } from "../../../src/copy/copy.ts";
import { openSink } from "../../../transports/mod.ts";
import { peers } from "./peers.ts";

/** Puts what was built into Docker under a name, and lets go of it. */
export async function putIntoDocker(result: BuildResult, name: string): Promise<void> {
  const sink = await openSink(`daemon:${name}`, { host: peers.engines.docker! });
  try {
    await copy(sourceOf({ image: result.image, name: undefined }), sink);
  } finally {
    await sink[Symbol.asyncDispose]();
    await result[Symbol.asyncDispose]();
  }
}
