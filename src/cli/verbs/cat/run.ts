/** The work of `nixoci cat`. */
import { useResources } from "../../../base/dispose.ts";
import { openOutput } from "../../../bytes/disk/open-output.ts";
import { cat } from "../../../flatten/cat.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { type ImageChoice, withImage } from "../../reference/image.ts";
import { parsePlace } from "../../../../transports/reference.ts";

/** Writes a file of the image to standard output. */
export async function printFile(
  source: string,
  path: string,
  choice: ImageChoice,
  io: Io,
): Promise<void> {
  const { signal } = io;
  await withImage(
    parsePlace(source, { lasting: true }),
    choice,
    readSideOptions(io.access, io),
    (image, scratch) =>
      useResources(async (hold) => {
        const output = hold(await openOutput("-"));
        for await (const chunk of cat(image, path, { scratch, signal })) await output.write(chunk);
        await output.commit();
      }),
  );
}
