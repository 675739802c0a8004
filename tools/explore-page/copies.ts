/** Shows files whose content is in the image more than once. */
import type { PackedImage } from "../../src/explore/page.ts";
import { type Child, make, makeNumber, makeTable } from "./dom.ts";
import { formatBytes } from "./words.ts";

/** Makes the part. */
export function makeCopies({ copies, copied }: PackedImage): Child[] {
  if (copies.length === 0) return [];
  const rows = copies.map(({ size, files, count }) =>
    make(
      "tr",
      {},
      makeNumber(formatBytes(size * (count - 1))),
      makeNumber(count),
      make(
        "td",
        { class: "path" },
        ...files.map(([path, layer]) =>
          make("div", {}, make("bdi", {}, path), ` (layer ${layer})`)
        ),
        ...count > files.length ? [make("div", {}, `and ${count - files.length} more`)] : [],
      ),
    )
  );
  return [
    make("h2", {}, `The same content again: ${formatBytes(copied)}`),
    makeTable("Copies", [["saves", "number"], ["copies", "number"], ["files"]], rows),
    make(
      "p",
      { class: "soft" },
      "Files that show, of the same size and the same checksum (CRC-32).",
    ),
  ];
}
