/** The image that a SPEC describes, on the base that it names. */
import { openBase } from "../../../transports/base.ts";
import type { TransportOptions } from "../../../transports/mod.ts";
import { createCache } from "../../cache/cache.ts";
import { build, type BuildOptions, type BuildResult } from "../../compose/build.ts";
import { describeForecast, type MoveForecast, readFollowed } from "./against.ts";
import type { SpecInFolder } from "../../compose/spec/read.ts";

/** Makes the image and its plan, with the base's place open until it is disposed of. */
export async function buildImage(
  { spec, folder, fromFlags: strict }: SpecInFolder,
  options: TransportOptions,
  { against, into }: Pick<BuildOptions, "against" | "into"> = {},
): Promise<BuildResult> {
  const { signal, onNotice } = options;
  const { layers: known, bases } = createCache();
  return await build(spec, {
    folder,
    openBase: (from, which, below) => openBase(from, which, below, options),
    known,
    bases,
    strict,
    against,
    into,
    onNotice,
    signal,
  });
}

/** Options for an image that follows another. */
interface FollowingOptions extends Pick<BuildOptions, "into"> {
  readonly onForecast?: (forecast: MoveForecast) => void;
}

/**
 * Makes the image, so that it follows the one at a place, where one is named; notices say what a
 * push of it moves.
 */
export async function buildFollowing(
  asked: SpecInFolder,
  options: TransportOptions,
  text: string | undefined,
  { into, onForecast }: FollowingOptions = {},
): Promise<BuildResult> {
  const followed = text === undefined ? undefined : await readFollowed(text, asked, options);
  const built = await buildImage(asked, options, { against: followed?.against, into });
  if (text === undefined || followed === undefined) return built;
  const forecast = await followed.forecast(built.image);
  onForecast?.(forecast);
  for (const message of describeForecast(text, forecast)) {
    options.onNotice?.({ code: "AGAINST", message });
  }
  return built;
}
