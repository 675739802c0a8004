/** The work of `nixoci manifest head`. */
import { parsePlace } from "../../../../../transports/reference.ts";
import type { Descriptor } from "../../../../image/descriptor.ts";
import type { Io } from "../../../kit/io.ts";
import { readSideOptions } from "../../../kit/sides.ts";
import { withSource } from "../../../reference/with-source.ts";

/** Asks for a manifest's descriptor, where a place tells it without the manifest. */
export async function headManifestAt(source: string, io: Io): Promise<Descriptor> {
  const place = parsePlace(source, { lasting: true });
  const options = readSideOptions(io.access, io);
  return await withSource(
    place,
    {},
    options,
    async (from) => await from.headManifest?.() ?? (await from.resolve()).manifest.descriptor,
  );
}
