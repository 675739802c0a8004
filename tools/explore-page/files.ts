/** Shows the files of an image: as a tree, and by search; of all layers or of one. */
import type { PackedImage } from "../../src/explore/page.ts";
import { type Child, make, makeName, makeNumber, makeSearch, makeTable } from "./dom.ts";
import { formatBytes, formatCount } from "./words.ts";

/** Rows at once: more than anybody reads, and few enough to be there in a frame. */
export const SHOWN = 300;

interface ShownFile {
  readonly path: string;
  readonly lower: string;
  readonly size: number;
  readonly layer: number;
  readonly hiddenBy: number;
  readonly owner: string;
  readonly type: string;
}

/** The part of the page, and how a layer is chosen: 0 is all of them. */
export interface FilesPart {
  readonly children: readonly Child[];
  chooseLayer(layer: number): void;
}

/** Makes the part. */
export function makeFiles(image: PackedImage, at: number): FilesPart {
  const files = unpackFiles(image.files);
  const result = make("div", { id: `result${at}`, "aria-live": "polite" });
  let layer = 0;
  const input = makeSearch({
    id: `search${at}`,
    placeholder: "part of a path",
    "aria-label": `Search files of ${image.name}`,
  }, search);
  function search(): void {
    const words = input.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const within = layer === 0 ? files : files.filter((file) => file.layer === layer);
    if (words.length === 0) {
      const tree = layer === 0 ? within.filter(({ hiddenBy }) => hiddenBy === 0) : within;
      return result.replaceChildren(...makeFolder(tree, "/"));
    }
    const found = within.filter(({ lower }) => words.every((word) => lower.includes(word)))
      .sort(bySize);
    result.replaceChildren(...makeList(found, formatCount(found.length, "file")));
  }
  search();
  return {
    children: [make("h2", {}, "Files"), input, result],
    chooseLayer(chosen) {
      layer = chosen;
      search();
    },
  };
}

function unpackFiles(files: PackedImage["files"]): ShownFile[] {
  let path = "";
  return files.map(([same, rest, size, layer, hiddenBy, owner, type]) => {
    path = path.slice(0, same) + rest;
    return { path, lower: path.toLowerCase(), size, layer, hiddenBy, owner, type };
  });
}

const bySize = (a: ShownFile, b: ShownFile): number => b.size - a.size;

function makeList(files: readonly ShownFile[], title: string): Child[] {
  const more = files.length > SHOWN ? `; the first ${SHOWN} are shown` : "";
  const heads = [["path"], ["bytes", "number"], ["layer", "number"], ["owner", "number"], [
    "",
  ]] as const;
  return [
    make("p", { class: "soft" }, title + more),
    makeTable("Files", heads, files.slice(0, SHOWN).map(makeRow)),
  ];
}

function makeRow({ path, size, layer, hiddenBy, owner, type }: ShownFile): HTMLTableRowElement {
  return make(
    "tr",
    {},
    makeName(path, hiddenBy === 0 ? "path" : "path gone"),
    makeNumber(formatBytes(size)),
    makeNumber(layer),
    makeNumber(owner),
    make("td", {}, hiddenBy === 0 ? type : `hidden by layer ${hiddenBy}`),
  );
}

/** A folder's own folders, the largest first, which open when they are asked for; then its files. */
function makeFolder(files: readonly ShownFile[], prefix: string): Child[] {
  const own: ShownFile[] = [];
  const inside = new Map<string, { size: number; files: ShownFile[] }>();
  for (const file of files) {
    const end = file.path.indexOf("/", prefix.length);
    if (end === -1) {
      own.push(file);
      continue;
    }
    const name = file.path.slice(prefix.length, end);
    const group = inside.get(name) ?? { size: 0, files: [] };
    group.size += file.hiddenBy === 0 ? file.size : 0;
    group.files.push(file);
    inside.set(name, group);
  }
  const folders = [...inside].sort(([, a], [, b]) => b.size - a.size).map(([name, group]) =>
    makeDetails(name, group, prefix)
  );
  const few = own.length <= SHOWN ? 1 : 0;
  const list = makeList(own.sort(bySize), `${formatCount(own.length, "file")} here`).slice(few);
  return own.length === 0 ? folders : [...folders, ...list];
}

function makeDetails(
  name: string,
  { size, files }: { readonly size: number; readonly files: readonly ShownFile[] },
  prefix: string,
): HTMLDetailsElement {
  const facts = `${formatBytes(size)}, ${formatCount(files.length, "file")}`;
  const details = make(
    "details",
    {},
    make(
      "summary",
      {},
      make("span", { class: "path" }, make("bdi", {}, `${name}/`)),
      " ",
      make("span", { class: "soft" }, facts),
    ),
  );
  details.addEventListener("toggle", () => {
    if (!details.open || details.children.length > 1) return;
    details.append(...makeFolder(files, `${prefix}${name}/`));
  });
  return details;
}
