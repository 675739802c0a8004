/** Shows the layers of an image as bars to scale. */
import type { PackedImage } from "../../src/explore/page.ts";
import { type Child, make, makeButton, makeNumber, makeTable } from "./dom.ts";
import { formatBytes, formatSome } from "./words.ts";

/** Makes the part. @param choose gets the layer whose files are to be shown; 0 for all. */
export function makeLayers({ layers }: PackedImage, choose: (layer: number) => void): Child[] {
  const most = Math.max(1, ...layers.map(({ adds }) => adds));
  let chosen = 0;
  const buttons = layers.map((_, i) =>
    makeButton(
      String(i + 1),
      { "aria-pressed": "false", title: "Show the files of this layer alone" },
      () => {
        chosen = chosen === i + 1 ? 0 : i + 1;
        buttons.forEach((one, j) => one.setAttribute("aria-pressed", String(chosen === j + 1)));
        choose(chosen);
      },
    )
  );
  const rows = layers.map((layer, i) =>
    make(
      "tr",
      {},
      make("td", {}, buttons[i]!),
      makeNumber(formatBytes(layer.size)),
      makeNumber(formatBytes(layer.adds)),
      makeNumber(formatSome(layer.wastes)),
      makeNumber(formatSome(layer.hides)),
      make(
        "td",
        {},
        makeBar(layer, most),
        make("div", { class: "path soft" }, layer.made || layer.digest),
      ),
    )
  );
  const heads = [["layer"], ["stored", "number"], ["adds", "number"], ["wastes", "number"], [
    "hides",
    "number",
  ], [""]] as const;
  return [
    make("h2", {}, "Layers"),
    makeTable("Layers", heads, rows),
    make("p", { class: "soft" }, MEANING),
  ];
}

const MEANING = "adds: bytes of files; wastes: those of them that a layer above overwrites or " +
  "deletes; hides: bytes below that it is the first to hide.";

function makeBar({ adds, wastes }: PackedImage["layers"][number], most: number): HTMLElement {
  const words = `${formatBytes(adds)}, ${formatBytes(wastes)} wasted`;
  const [shown, wasted] = [make("i"), make("b")];
  shown.style.width = `${(adds - wastes) / most * 100}%`;
  wasted.style.width = `${wastes / most * 100}%`;
  return make("div", { class: "bar", role: "img", "aria-label": words }, shown, wasted);
}
