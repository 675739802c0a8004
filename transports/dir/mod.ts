/**
 * `dir:PATH`: one image in a folder, as skopeo has it: manifests as files, blobs beside them.
 *
 * It has no names, and holds one image: another one takes the place of what is there. All is written
 * into a folder of its own first, which then takes that place, so that the image is there whole or
 * as it was.
 * @see https://github.com/containers/image/blob/main/docs/containers-transports.5.md#dirpath
 */
import type { Transport } from "../../src/image/transport.ts";
import { openSink } from "./sink.ts";
import { openSource } from "./source.ts";

/** A folder as skopeo writes it. */
export const transport: Transport = { scheme: "dir", source: openSource, sink: openSink };
