/** The work of `nixoci why`. */
import { parsePlace } from "../../../../transports/reference.ts";
import { explainPath, type Reason } from "../../../explain/mod.ts";
import type { FlagValues } from "../../kit/command.ts";
import type { imageFlags } from "../../kit/flags.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { withImage } from "../../reference/image.ts";

/** The flags of `why`. */
export type WhyFlags = Partial<FlagValues<typeof imageFlags>> & {
  readonly all?: boolean;
  readonly closure?: readonly string[] | undefined;
  readonly scan?: boolean;
};

/** The most chains that `--all` shows. */
const MOST_CHAINS = 20;

/** Finds why a path is in the image of a source. */
export async function findReason(
  source: string,
  path: string,
  { all = false, closure, scan, ...choice }: WhyFlags,
  io: Io,
): Promise<Reason> {
  const place = parsePlace(source, { lasting: true });
  return await withImage(
    place,
    choice,
    readSideOptions(io.access, io),
    (image) =>
      explainPath(image, path, {
        store: {
          ...closure && { descriptions: closure },
          ...io.access.store !== undefined && { root: io.access.store },
        },
        scan,
        most: all ? MOST_CHAINS : 1,
        onNotice: io.notice,
        signal: io.signal,
      }),
  );
}
