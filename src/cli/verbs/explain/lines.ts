/** The lines of `nixoci explain`. */
import type { ConfigOrigin, ExplainedLayer, Explanation } from "../../../explain/mod.ts";
import { formatBar, formatColumns, shortenText } from "../../kit/plot.ts";
import { formatBytes, formatCount, shortenDigest } from "../../kit/text.ts";
import { namePartOf } from "../../../nix/formats/store-path.ts";

/** The columns of a page. */
const WIDTH = 80;

/** Writes an explanation for people; plots fit 80 columns. */
export function* formatExplanation(explanation: Explanation, top: number): Iterable<string> {
  const { digest, layers, size, content, biggest = [], storePaths = [] } = explanation;
  yield `image  ${digest}`;
  yield `size   ${formatBytes(size)} in ${formatCount(layers.length, "layer")}, as stored`;
  if (content !== undefined) {
    const { adds, wastes } = content;
    const share = adds === 0 ? 0 : wastes / adds * 100;
    yield `files  ${formatBytes(adds)}, of which ${formatBytes(wastes)} (${
      share.toFixed(1)
    } %) are wasted`;
  }
  yield "";
  yield* formatLayers(layers);
  if (content !== undefined) {
    yield "";
    yield "adds: bytes of files in the layer; wastes: those of them that the final image";
    yield "does not show (░), for a layer above overwrites or deletes them; hides: bytes of";
    yield "layers below that this one is the first to hide. Headers do not count.";
  }
  yield* formatTop("the largest files", biggest.filter(({ size }) => size > 0));
  const paths = storePaths.toSorted((a, b) => b.size - a.size).slice(0, top);
  const rest = storePaths.length - paths.length;
  const title = `the largest store paths${rest > 0 ? `, of ${storePaths.length}` : ""}`;
  yield* formatTop(title, paths.map(({ layers, ...path }) => ({ ...path, layer: layers.at(-1)! })));
  yield* formatOrigins(explanation);
}

function* formatLayers(layers: readonly ExplainedLayer[]): Iterable<string> {
  const isRead = layers.some(({ content }) => content !== undefined);
  const most = Math.max(...layers.map(({ content, size }) => content?.adds ?? size));
  const isTold = layers.some(({ inBase }) => inBase !== undefined);
  const head = isRead
    ? ["layer", "digest", "stored", "adds", "wastes", "hides"]
    : ["layer", "digest", "stored"];
  const rows = layers.map(({ number, digest, size, content }) => [
    String(number),
    shortenDigest(digest),
    formatBytes(size),
    ...content === undefined
      ? []
      : [content.adds, content.wastes, content.hides].map((bytes) =>
        bytes ? formatBytes(bytes) : "-"
      ),
  ]);
  const [first = "", ...lines] = formatColumns([head, ...rows], new Set([0, 2, 3, 4, 5]));
  const room = WIDTH - first.length - (isTold ? 6 : 0) - 2;
  yield first;
  for (const [i, { content, size, inBase, ...layer }] of layers.entries()) {
    const bar = content === undefined
      ? formatBar([[size, "█"]], most, room)
      : formatBar([[content.adds - content.wastes, "█"], [content.wastes, "░"]], most, room);
    const origin = isTold ? inBase ? "base  " : "own   " : "";
    yield `${lines[i]!.padEnd(first.length)}  ${origin}${bar}`.trimEnd();
    const made = layer.createdBy ?? describePaths(layer.storePaths);
    if (made) yield `       ${shortenText(made.replace(/\s+/g, " "), WIDTH - 7)}`;
  }
}

function describePaths(paths: readonly string[] = []): string | undefined {
  const names = paths.map(namePartOf);
  if (names.length === 0) return undefined;
  const shown = names.slice(0, 4).join(", ");
  return names.length > 4 ? `${shown} and ${names.length - 4} more store paths` : shown;
}

function* formatTop(
  title: string,
  files: readonly { readonly path: string; readonly size: number; readonly layer: number }[],
): Iterable<string> {
  if (files.length === 0) return;
  yield "";
  yield title;
  const rows = files.map(({ path, size, layer }) => [
    formatBytes(size),
    `layer ${layer}`,
    path,
  ]);
  for (const line of formatColumns(rows, new Set([0]))) yield `  ${line}`;
}

function* formatOrigins({ config, baseName }: Explanation): Iterable<string> {
  yield "";
  yield "settings, and where they are from";
  const rows = config.map((origin) => [origin.field, origin.value, describeOrigin(origin)]);
  const [names = 0, , origins = 0] = [0, 1, 2].map((i) =>
    Math.max(0, ...rows.map((row) => row[i]!.length))
  );
  const room = Math.max(12, WIDTH - names - origins - 6);
  const cut = rows.map(([name, value, origin]) => [name!, shortenText(value!, room), origin!]);
  for (const line of formatColumns(cut)) yield `  ${line}`;
  if (rows.length === 0) yield "  none";
  if (baseName !== undefined) yield `the image says that its base is ${baseName}: see --base`;
}

function describeOrigin({ from, before, step }: ConfigOrigin): string {
  const by = step === undefined ? "" : `, step ${step} of the history`;
  switch (from) {
    case "base":
      return `the base${by}`;
    case "own":
      return `this image${by}`;
    case "changed":
      return `this image${by}; the base has ${shortenText(before ?? "", 30)}`;
    case "history":
      return `step ${step} of the history`;
    case "unknown":
      return "not known: --base tells";
  }
}
