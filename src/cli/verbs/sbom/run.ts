/** The work of `nixoci sbom`. */
import { parsePlace } from "../../../../transports/reference.ts";
import { writeAtomicFile } from "../../../bytes/disk/atomic.ts";
import type { Descriptor } from "../../../image/descriptor.ts";
import { attachText, checkAttachable } from "../../delivery/attach-text.ts";
import type { FlagValues } from "../../kit/command.ts";
import type { imageFlags } from "../../kit/flags.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { withImage } from "../../reference/image.ts";
import { formatSbom, readSbomInventory, type SbomFormat } from "../../spec/sbom.ts";

/** The flags of `sbom`. */
export type SbomFlags = Partial<FlagValues<typeof imageFlags>> & {
  readonly format: SbomFormat;
  readonly output?: string | undefined;
  readonly attach?: boolean;
  readonly meta?: string | undefined;
  readonly closure?: readonly string[] | undefined;
};

/** A document that was made, and what it was attached as. */
export interface WrittenSbom {
  readonly text: string;
  readonly type: string;
  readonly packages: number;
  /** Sentences about what is not known. */
  readonly unknown: readonly string[];
  readonly descriptor?: Descriptor;
}

/** Makes the document of an image, and writes or attaches it. */
export async function writeSbom(source: string, flags: SbomFlags, io: Io): Promise<WrittenSbom> {
  const { format, output, attach = false, meta, closure, ...choice } = flags;
  const place = parsePlace(source, { lasting: true });
  if (attach) checkAttachable(place);
  const options = readSideOptions(io.access, io);
  const { inventory, subject } = await withImage(place, choice, options, async (image) => ({
    subject: image.manifest.descriptor,
    inventory: await readSbomInventory(image, {
      store: {
        ...closure && { descriptions: closure },
        ...io.access.store !== undefined && { root: io.access.store },
      },
      metaFile: meta,
      onNotice: io.notice,
      signal: io.signal,
    }),
  }));
  const { type, text } = formatSbom(inventory, format, place.text);
  const descriptor = attach ? await attachText(place, subject, { type, text }, io) : undefined;
  if (output !== undefined) await writeAtomicFile(output, text, { follow: true });
  const { packages, unknown } = inventory;
  return { text, type, packages: packages.length, unknown, ...descriptor && { descriptor } };
}
