/** How store paths become layers: a closure of six paths, and what `layersOf` makes of it. */
import { layersOf } from "../../src/layering/mod.ts";
import { drawBox, drawLink, drawPicture, drawWords, type Part } from "./svg.ts";

const MB = 1_000_000;

/** The store paths of an application, without their hashes: sizes in MB, and what they refer to. */
const CLOSURE = [
  { name: "libc", size: 30, needs: [] },
  { name: "openssl", size: 6, needs: ["libc"] },
  { name: "python", size: 60, needs: ["openssl", "libc"] },
  { name: "blas", size: 30, needs: ["libc"] },
  { name: "numpy", size: 40, needs: ["python", "blas"] },
  { name: "app", size: 1, needs: ["python", "numpy"] },
];

const MAX_LAYERS = 4;
const CHANGED = "app";
const ROW = 56;
const [LEFT, RIGHT, WIDTH] = [12, 218, 170];

/** Draws the paths, their layers and what an update of the application moves. */
export function drawLayers(): string {
  const layers = layersOf(
    CLOSURE.map(({ name, size, needs }) => ({
      path: pathOf(name),
      narSize: size * MB,
      references: needs.map(pathOf),
    })).sort((a, b) => a.path < b.path ? -1 : 1),
    { strategy: "auto", maxLayers: MAX_LAYERS },
  ).map((paths) => paths.map((path) => path.split("-")[1]!));
  const paths = CLOSURE.map(({ name, size, needs }, i) =>
    drawBox([
      `${name}, ${size} MB`,
      needs.length > 0 ? `needs ${needs.join(", ")}` : "needs nothing",
    ], {
      x: LEFT,
      y: 36 + i * ROW,
      width: WIDTH,
      look: name === CHANGED ? "moving" : "plain",
    })
  );
  const stack = drawStack(layers);
  const links = CLOSURE.map(({ name }, i) => {
    const layer = layers.findIndex((names) => names.includes(name));
    return drawLink({ x: LEFT + WIDTH, y: 36 + i * ROW + 23 }, {
      x: RIGHT,
      y: stack.middles[layer]!,
    });
  });
  const end = Math.max(stack.end, paths.at(-1)!.end) + 12;
  const all = CLOSURE.reduce((sum, { size }) => sum + size, 0);
  const moved = sumOf(layers.find((names) => names.includes(CHANGED))!);
  const note = [
    drawWords(`The app changes: its layer moves, ${moved} MB of ${all},`, LEFT, end + 12),
    drawWords("and the config. All else is at the destination already.", LEFT, end + 29),
  ];
  const svg = [
    drawWords("Store paths", LEFT, 24, "strong"),
    drawWords("Layers of the image", RIGHT, 24, "strong"),
    ...links,
    ...paths.map((part) => part.svg),
    stack.svg,
    ...note,
  ].join("\n");
  return drawPicture("How store paths become the layers of an image", { svg, end: end + 42 });
}

/** Draws the layers, the first at the top, and what comes after those of store paths. */
function drawStack(layers: readonly string[][]): Part & { middles: number[] } {
  const middles: number[] = [];
  let y = 36;
  const draw = (lines: string[], look: "plain" | "moving"): string => {
    const part = drawBox(lines, { x: RIGHT, y, width: WIDTH, look });
    middles.push((y + part.end) / 2);
    y = part.end + 10;
    return part.svg;
  };
  const svg = [
    ...layers.map((names, i) =>
      draw(
        [`${i + 1}: ${names.join(", ")}`, `${sumOf(names)} MB`],
        names.includes(CHANGED) ? "moving" : "plain",
      )
    ),
    draw([`${layers.length + 1}: the root`, "folders, links, helpers"], "plain"),
    draw(["config", "command, variables"], "moving"),
  ];
  return { svg: svg.join("\n"), end: y, middles };
}

function pathOf(name: string): string {
  return `/nix/store/${"0".repeat(32)}-${name}`;
}

function sumOf(names: readonly string[]): number {
  return CLOSURE.filter(({ name }) => names.includes(name)).reduce(
    (sum, { size }) => sum + size,
    0,
  );
}
