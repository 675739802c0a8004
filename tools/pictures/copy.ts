/** How a copy goes: from any place, through the image model, to any place. */
import { TRANSPORTS } from "../../transports/list.ts";
import { drawBox, drawChips, drawDown, drawPicture, drawWords, stackParts } from "./svg.ts";

/** Draws the places that can be read, the steps of `src/copy` in their order, and those to write. */
export async function drawCopy(): Promise<string> {
  const { sources, sinks } = await listPlaces();
  const part = stackParts(28, [
    (y) => ({ svg: drawWords("From any of these", 12, y - 6, "strong"), end: y + 2 }),
    (y) => drawChips(sources, y),
    drawDown,
    (y) => drawBox(["1. Read manifests and configs, no layers", "✓ size and digest"], { y }),
    drawDown,
    (y) =>
      drawBox([
        "Root: an image, an index or an artifact",
        "plain values; a layer is a name, its bytes wait",
      ], { y, look: "key" }),
    drawDown,
    (y) =>
      drawBox([
        "2. Steps: platform, pin, format, compress …",
        "what they do not change keeps its bytes",
      ], { y }),
    drawDown,
    (y) => drawBox(["3. A registry that has the manifest has it all"], { y }),
    drawDown,
    (y) =>
      drawBox([
        "4. Every other blob, 6 or 12 at a time",
        "is there: stays",
        "in another repository there: mounted",
        "else: it moves, under no name yet",
        "✓ size and digest, before the last byte",
        "✓ diffID too, where a layer is unpacked",
      ], { y, look: "moving" }),
    drawDown,
    (y) => drawBox(["5. Manifests, children first"], { y }),
    drawDown,
    (y) =>
      drawBox(["6. The names appear", "a failure before this leaves them as they were"], { y }),
    drawDown,
    (y) => ({ svg: drawWords("To any of these", 12, y + 12, "strong"), end: y + 20 }),
    (y) => drawChips(sinks, y),
    (y) => ({ svg: "", end: y + 12 }),
  ]);
  return drawPicture("How a copy goes, from any place to any place", part);
}

/** Lists the places that a command line has, by what can be done there. */
async function listPlaces(): Promise<{ sources: string[]; sinks: string[] }> {
  const places = await Promise.all(
    Object.entries(TRANSPORTS).filter(([, line]) => !("isInProcess" in line)).map(
      async ([scheme, { load }]) => ({ ...(await load()).transport, scheme }),
    ),
  );
  return {
    sources: places.filter(({ source }) => source !== undefined).map(({ scheme }) => scheme),
    sinks: places.filter(({ sink }) => sink !== undefined).map(({ scheme }) => scheme),
  };
}
