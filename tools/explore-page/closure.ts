/** Draws the whole closure: who needs whom, without the arrows that others make superfluous. */
import dagre from "@dagrejs/dagre";
import type { ExploredPath } from "../../src/explore/data.ts";
import { make, makeDrawn } from "./dom.ts";
import { listEdges } from "./edges.ts";
import { formatBytes, nameOf } from "./words.ts";

/** The most store paths in a drawing: those with the largest closures. */
const DRAWN = 300;
/** Pixels of a letter, and the height of a box. */
const [LETTER, HEIGHT] = [6.6, 24];

/** Makes a part that draws when it is opened. @param show is called with the path that is clicked. */
export function makeClosure(
  paths: readonly ExploredPath[],
  show: (path: number) => void,
): HTMLDetailsElement {
  const drawn = paths.map((_, i) => i).sort((a, b) => paths[b]!.closure - paths[a]!.closure)
    .slice(0, DRAWN);
  const some = drawn.length < paths.length ? `: the ${DRAWN} with the largest closures` : "";
  const details = make("details", {}, make("summary", {}, `The closure as a drawing${some}`));
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) {
      details.append(make("div", { class: "drawing" }, drawClosure(paths, drawn, show)));
    }
  });
  return details;
}

function drawClosure(
  paths: readonly ExploredPath[],
  drawn: readonly number[],
  show: (path: number) => void,
): SVGSVGElement {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 6, ranksep: 40, ranker: "longest-path" });
  for (const i of drawn) {
    graph.setNode(String(i), {
      width: nameOf(paths[i]!.path).length * LETTER + 14,
      height: HEIGHT,
    });
  }
  for (const [from, to] of listEdges(paths, drawn)) graph.setEdge(String(from), String(to), {});
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const edges = graph.edges().map((edge) => {
    const { points } = graph.edge(edge) as { points: { x: number; y: number }[] };
    const line = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
    return { edge, line: makeDrawn("polyline", { points: line, class: "edge" }) };
  });
  const boxes = drawn.map((i) => {
    const box = drawBox(graph.node(String(i)) as Box, paths[i]!);
    const choose = () => {
      for (const one of boxes) one.classList.toggle("chosen", one === box);
      for (const { edge, line } of edges) {
        line.classList.toggle("chosen", edge.v === String(i) || edge.w === String(i));
      }
      show(i);
    };
    box.addEventListener("click", choose);
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        choose();
      }
    });
    return box;
  });
  const size = { width, height, viewBox: `0 0 ${width} ${height}` };
  const label = {
    role: "group",
    "aria-label": "The closure: what is to the left needs what is to the right",
  };
  return makeDrawn("svg", { ...size, ...label }, ...edges.map(({ line }) => line), ...boxes);
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

function drawBox({ x, y, width }: Box, { path, size, closure }: ExploredPath): SVGGElement {
  const words = `${path}: ${formatBytes(size)}, ${formatBytes(closure)} with all that it needs`;
  return makeDrawn(
    "g",
    { class: "box", tabindex: 0, role: "button", "aria-label": words },
    makeDrawn("title", {}, words),
    makeDrawn("rect", { x: x - width / 2, y: y - HEIGHT / 2, width, height: HEIGHT, rx: 4 }),
    makeDrawn("text", { x, y: y + 4, "text-anchor": "middle" }, nameOf(path)),
  );
}
