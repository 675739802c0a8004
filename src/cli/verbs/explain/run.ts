/** The work of `nixoci explain`. */
import { parsePlace } from "../../../../transports/reference.ts";
import { explainImage, type Explanation } from "../../../explain/mod.ts";
import type { Image } from "../../../image/root.ts";
import type { FlagValues, GlobalFlags } from "../../kit/command.ts";
import type { imageFlags } from "../../kit/flags.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import type { DisplayMode } from "../../progress/display.ts";
import { READING, withProgress } from "../../progress/mod.ts";
import { watchImage, withImage } from "../../reference/image.ts";

/** The flags of `explain`. */
export type ExplainFlags = Partial<FlagValues<typeof imageFlags>> & GlobalFlags & {
  readonly quick?: boolean;
  readonly base?: string | undefined;
  readonly top: number;
  readonly progress: DisplayMode;
};

/** Explains the image of a source. */
export async function explainSource(
  source: string,
  flags: ExplainFlags,
  io: Io,
): Promise<Explanation> {
  const { quick = false, base, top } = flags;
  const { signal } = io;
  const mode = flags.quiet ? "quiet" : quick ? "notices" : flags.progress;
  return await withProgress(mode, (show) => {
    const notice = (one: Parameters<Io["notice"]>[0]) =>
      typeof one !== "string" && show({ type: "notice", ...one });
    const options = readSideOptions(io.access, { signal, notice });
    const explain = async (image: Image, below?: Image) => {
      const read = !quick;
      const watched = read ? watchImage(image, show, signal) : image;
      return await explainImage(watched, { read, base: below, biggest: top, signal });
    };
    return withImage(parsePlace(source, { lasting: true }), flags, options, async (image) => {
      if (base === undefined) return await explain(image);
      const { platform, tmpdir } = flags;
      const place = parsePlace(base, { lasting: true });
      return await withImage(place, { platform, tmpdir }, options, (one) => explain(image, one));
    });
  }, READING);
}
