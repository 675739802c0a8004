/** `--against`: the image that another one will take the place of, and what a push will move. */
import { string } from "@oclif/core/flags";
import type { TransportOptions } from "../../../transports/mod.ts";
import { parsePlace } from "../../../transports/reference.ts";
import { codeOf } from "../../base/errors.ts";
import type { Digest } from "../../bytes/digest.ts";
import type { Against, LayeringChoice } from "../../compose/draft.ts";
import type { SpecInFolder } from "../../compose/spec/read.ts";
import type { Image } from "../../image/root.ts";
import type { LayerHistory, LayeringMove } from "../../layering/mod.ts";
import { formatBytes, formatCount } from "../kit/text.ts";

/** The flag of `build` and `plan`. */
export const againstFlags = {
  against: string({
    summary: "The image that this one will take the place of: what has not changed stays in the " +
      "layers that have it, and it says what is to move",
    helpValue: "reference",
  }),
};

/** The bytes that a push moves, by how store paths are layered. */
export interface MoveForecast {
  /** The image that is there. */
  readonly against: Digest;
  readonly layers: number;
  /** The number of layers that are there already. */
  readonly kept: number;
  /** Bytes of the others, as tars. */
  readonly bytes: number;
  /** The same of the image's own store paths alone, in bytes of their NARs, by strategy. */
  readonly strategies: Readonly<Record<string, LayeringMove>>;
}

/** An image that is followed. */
export interface FollowedImage {
  /** For the build. */
  readonly against: Against;
  /** Says what a push of the image that was built moves. */
  forecast(image: Image): Promise<MoveForecast>;
}

/**
 * Reads the image that is followed. Where nothing is there yet, a notice says so, and there is
 * nothing to follow.
 */
export async function readFollowed(
  text: string,
  { spec }: SpecInFolder,
  options: TransportOptions,
): Promise<FollowedImage | undefined> {
  const [{ withImage }, { readLayerHistory }] = await Promise.all([
    import("../reference/image.ts"),
    import("../../explain/mod.ts"),
  ]);
  const { signal, onNotice } = options;
  const { architecture } = spec;
  const choice = { platform: architecture === undefined ? [] : [`linux/${architecture}`] };
  try {
    const place = parsePlace(text, { lasting: true });
    return await withImage(
      place,
      choice,
      options,
      async (image) => follow(image, await readLayerHistory(image, { onNotice, signal })),
    );
  } catch (error) {
    if (codeOf(error) !== "NOT_FOUND") throw error;
    const message = `nothing is at ${text} yet: layers are made as without --against`;
    onNotice?.({ code: "AGAINST", message });
    return undefined;
  }
}

function follow(there: Image, history: LayerHistory): FollowedImage {
  let choice: LayeringChoice | undefined;
  const diffIds = new Set(there.layers.map(({ diffId }) => diffId));
  return {
    against: { history, onLayering: (made) => choice = made },
    async forecast(image) {
      const moving = image.layers.filter(({ diffId }) => !diffIds.has(diffId));
      return {
        against: there.manifest.descriptor.digest,
        layers: image.layers.length,
        kept: image.layers.length - moving.length,
        bytes: moving.reduce((sum, { descriptor }) => sum + descriptor.size, 0),
        strategies: choice === undefined ? {} : await compareStrategies(choice, history),
      };
    },
  };
}

async function compareStrategies(
  { layers, closure, exclude, maxLayers }: LayeringChoice,
  history: LayerHistory,
): Promise<Record<string, LayeringMove>> {
  const { computeMove, layersOf } = await import("../../layering/mod.ts");
  const sizes = new Map(closure.map(({ path, narSize }) => [path, narSize]));
  const others = ["popularity", "auto", "size-aware"] as const;
  return {
    against: computeMove(layers, history, sizes),
    ...Object.fromEntries(others.map((strategy) => [
      strategy,
      computeMove(layersOf(closure, { strategy, maxLayers, exclude }), history, sizes),
    ])),
  };
}

/** Describes in lines what a push moves. */
export function describeForecast(text: string, forecast: MoveForecast): string[] {
  const { layers, kept, bytes, strategies } = forecast;
  const moves = Object.entries(strategies)
    .map(([name, move]) => `${name === "against" ? "this" : name} ${formatBytes(move.bytes)}`);
  return [
    `against ${text}: ${kept} of ${formatCount(layers, "layer")} are there, ` +
    `${formatBytes(bytes)} in ${layers - kept} to move, before compression`,
    ...moves.length > 1 ? [`store paths that would move: ${moves.join(", ")}`] : [],
  ];
}
