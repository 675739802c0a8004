/** The work of `nixoci ls`. */
import { ls } from "../../../flatten/ls.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { findLayer, type ImageChoice, withImage } from "../../reference/image.ts";
import { parsePlace } from "../../../../transports/reference.ts";
import { formatLongLines, formatShortLines } from "./lines.ts";

/** The flags of `ls`. */
export interface ListChoice extends ImageChoice {
  readonly long?: boolean;
  readonly layer?: string | undefined;
}

/** Prints the files of the image while it is open: there may be a million. */
export async function listFiles(
  source: string,
  path: string | undefined,
  choice: ListChoice,
  io: Io,
): Promise<void> {
  await withImage(
    parsePlace(source, { lasting: true }),
    choice,
    readSideOptions(io.access, io),
    async (image) => {
      const layer = findLayer(image, choice.layer);
      const files = await ls(image, { signal: io.signal, path, layer });
      const value = { toJSON: () => [...files] };
      io.print(value, () => choice.long ? formatLongLines(files) : formatShortLines(files));
    },
  );
}
