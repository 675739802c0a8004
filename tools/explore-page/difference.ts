/** Shows how a second image differs from the first. */
import type { ExploredDifference } from "../../src/explore/page.ts";
import { make, makeName, makeNumber, makeTable } from "./dom.ts";
import { SHOWN } from "./files.ts";
import { formatBytes, formatCount, nameOf } from "./words.ts";

const HEADS = [[""], ["name"], [""], ["before", "number"], ["after", "number"]] as const;

/** Makes the part. */
export function makeDifference({ store, files, count, moves }: ExploredDifference): HTMLElement {
  const { changed, added, removed, same } = store;
  const paths = [
    ...changed.map(({ change, name, before, after }) =>
      makeRow(
        change,
        name,
        `${before.version ?? "?"} → ${after.version ?? "?"}`,
        before.size,
        after.size,
      )
    ),
    ...added.map(({ path, size }) => makeRow("added", nameOf(path), "", undefined, size)),
    ...removed.map(({ path, size }) => makeRow("removed", nameOf(path), "", size, undefined)),
  ];
  const rows = files.slice(0, SHOWN).map(({ change, path, aspects = [], before, after }) =>
    makeRow(change, path, aspects.join(", "), before, after)
  );
  const some = count > rows.length ? `, the first ${rows.length} are here` : "";
  return make(
    "section",
    { id: "difference" },
    make("h1", {}, "From the first image to the second"),
    make(
      "p",
      {},
      `A push moves ${formatCount(moves.layers, "layer")}, ${formatBytes(moves.bytes)} as stored.`,
    ),
    make("h2", {}, `Store paths: ${paths.length} differ, ${same} are the same`),
    makeTable("Store paths that differ", HEADS, paths),
    make("h2", {}, `Files: ${count} differ${some}`),
    makeTable("Files that differ", HEADS, rows),
  );
}

function makeRow(
  change: string,
  name: string,
  what: string,
  before: number | undefined,
  after: number | undefined,
): HTMLTableRowElement {
  const sizes = [before, after].map((size) =>
    makeNumber(size === undefined ? "" : formatBytes(size))
  );
  return make("tr", {}, make("td", {}, change), makeName(name), make("td", {}, what), ...sizes);
}
