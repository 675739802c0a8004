/** The page: images, and what differs between two. */
import { makeCopies } from "./copies.ts";
import type { PackedImage, PageData } from "../../src/explore/page.ts";
import { makeDifference } from "./difference.ts";
import { make, makeName, makeTable } from "./dom.ts";
import { makeFiles } from "./files.ts";
import { makeLayers } from "./layers.ts";
import { makePaths } from "./paths.ts";
import { formatBytes, formatCount } from "./words.ts";

function makeImage(image: PackedImage, at: number): HTMLElement {
  const files = makeFiles(image, at);
  return make(
    "section",
    { "aria-labelledby": `name${at}` },
    make("h1", { id: `name${at}` }, image.name),
    make("p", {}, make("code", {}, image.digest), make("br"), describeImage(image)),
    ...makeLayers(image, (layer) => files.chooseLayer(layer)),
    ...files.children,
    ...makeCopies(image),
    ...makePaths(image, at),
    make("h2", {}, "Settings"),
    makeTable("Settings", [["setting"], ["value"], ["from"]], image.config.map(makeSetting)),
  );
}

function describeImage({ layers }: PackedImage): string {
  const [stored, adds, wastes] = (["size", "adds", "wastes"] as const)
    .map((field) => formatBytes(layers.reduce((sum, layer) => sum + layer[field], 0)));
  return `${stored} in ${
    formatCount(layers.length, "layer")
  } as stored; files of ${adds}, of which ` +
    `${wastes} are wasted: the final image does not show them.`;
}

function makeSetting([field, value, step]: PackedImage["config"][number]): HTMLTableRowElement {
  const from = step === 0 ? "" : `step ${step} of the history`;
  return make(
    "tr",
    {},
    make("td", { class: "path" }, field),
    makeName(value),
    make("td", {}, from),
  );
}

/** `page.html#search=WORDS` is a search of the first image, so that one can be linked to. */
function followLink(): void {
  const words = /^#search=(.+)$/.exec(location.hash)?.[1];
  const input = document.getElementById("search0");
  if (words === undefined || !(input instanceof HTMLInputElement)) return;
  input.value = decodeURIComponent(words);
  input.dispatchEvent(new Event("input"));
}

const data: PageData = JSON.parse(document.getElementById("data")!.textContent!);
document.getElementById("page")!.append(
  ...data.difference === undefined ? [] : [makeDifference(data.difference)],
  ...data.images.map(makeImage),
);
addEventListener("hashchange", followLink);
followLink();
