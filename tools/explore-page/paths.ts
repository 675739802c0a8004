/** Shows the store paths of an image: one in full, all in a table, and the whole as a drawing. */
import { makeClosure } from "./closure.ts";
import type { ExploredPath } from "../../src/explore/data.ts";
import type { PackedImage } from "../../src/explore/page.ts";
import {
  type Child,
  make,
  makeButton,
  makeDrawn,
  makeNumber,
  makeSearch,
  makeTable,
} from "./dom.ts";
import { SHOWN } from "./files.ts";
import { formatBytes, formatCount, nameOf } from "./words.ts";

/** Neighbours that are drawn on each side. */
const NEIGHBOURS = 12;

/** Makes the part. */
export function makePaths({ paths }: PackedImage, at: number): Child[] {
  if (paths.length === 0) return [];
  const users = paths.map((): number[] => []);
  paths.forEach(({ needs }, i) => needs.forEach((need) => users[need]!.push(i)));
  const detail = make("div", { id: `detail${at}`, "aria-live": "polite" });
  const link = (i: number) =>
    makeButton(nameOf(paths[i]!.path), { class: "link path" }, () => show(i));
  const show = (i: number) => detail.replaceChildren(...makeDetail(paths, i, users[i]!, link));
  const order = paths.map((_, i) => i).sort((a, b) => paths[b]!.size - paths[a]!.size);
  show(order[0]!);
  const body = make("div");
  function fill(words: string): void {
    const found = order.filter((i) => paths[i]!.path.toLowerCase().includes(words.toLowerCase()));
    body.replaceChildren(makeList(paths, found, link));
  }
  fill("");
  const search = {
    "aria-label": "Search store paths",
    placeholder: "part of a name",
    id: `paths${at}`,
  };
  return [
    make("h2", {}, formatCount(paths.length, "store path")),
    detail,
    makeClosure(paths, show),
    makeSearch(search, fill),
    body,
  ];
}

type Link = (path: number) => HTMLElement;

function makeList(
  paths: readonly ExploredPath[],
  found: readonly number[],
  link: Link,
): HTMLElement {
  const heads = [["store path"], ["itself", "number"], ["closure", "number"], [
    "layers",
    "number",
  ]] as const;
  const rows = found.slice(0, SHOWN).map((i) => {
    const { size, closure, layers } = paths[i]!;
    const numbers = [formatBytes(size), formatBytes(closure), layers.join(", ")].map(makeNumber);
    return make("tr", {}, make("td", {}, link(i)), ...numbers);
  });
  return makeTable("Store paths", heads, rows);
}

function makeDetail(
  paths: readonly ExploredPath[],
  i: number,
  users: readonly number[],
  link: Link,
): Child[] {
  const { path, size, closure, layers, needs, by, chain } = paths[i]!;
  const way = chain.flatMap((one, at) => at === 0 ? [link(one)] : [" → ", link(one)]);
  const named = chain.length > 0 ? paths[chain[0]!]!.by : by;
  const sizes = `${formatBytes(size)} itself, ${formatBytes(closure)} with all that it needs`;
  const links = (list: readonly number[]): Child[] =>
    list.length === 0
      ? ["none"]
      : list.flatMap((one, at) => at === 0 ? [link(one)] : [", ", link(one)]);
  return [
    make("h3", { class: "path" }, path),
    make("p", {}, `${sizes}; in layer ${layers.join(", ")}.`),
    make("p", {}, "Why: ", named.length > 0 ? `the config's ${named.join(", ")} → ` : "", ...way),
    drawNeighbours(paths, [users, [i], needs]),
    make("p", {}, "Needed by: ", ...links(users)),
    make("p", {}, "Needs: ", ...links(needs)),
  ];
}

const COLUMNS = [[275, "end"], [450, "middle"], [625, "start"]] as const;

function drawNeighbours(
  paths: readonly ExploredPath[],
  all: readonly (readonly number[])[],
): SVGSVGElement {
  const columns = all.map((list) => list.slice(0, NEIGHBOURS));
  const height = Math.max(...columns.map((list) => list.length)) * 22 + 10;
  const yOf = (list: readonly number[], at: number) => (at + 0.5) * height / list.length;
  const label = { role: "img", "aria-label": "What needs it, and what it needs" };
  return makeDrawn(
    "svg",
    { viewBox: `0 0 900 ${height}`, ...label },
    ...columns[0]!.map((_, at) => drawLine(280, yOf(columns[0]!, at), 345, height / 2)),
    ...columns[2]!.map((_, at) => drawLine(555, height / 2, 620, yOf(columns[2]!, at))),
    ...columns.flatMap((list, column) => {
      const [x, anchor] = COLUMNS[column]!;
      return list.map((one, at) =>
        makeDrawn(
          "text",
          { x, y: yOf(list, at) + 4, "text-anchor": anchor },
          nameOf(paths[one]!.path).slice(0, 40),
        )
      );
    }),
  );
}

function drawLine(x1: number, y1: number, x2: number, y2: number): SVGLineElement {
  return makeDrawn("line", { x1, y1, x2, y2, class: "edge" });
}
