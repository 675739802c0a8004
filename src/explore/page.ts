/** Writes the page: one HTML file that needs nothing else, and loads nothing. */
import { createHash } from "node:crypto";
import type { Difference } from "../flatten/diff.ts";
import type { StoreDifference } from "../explain/store-diff.ts";
import type { ExploredImage } from "./data.ts";
import type { ExploredFile } from "./fold.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

/** Two images side by side. */
export interface ExploredDifference {
  readonly store: StoreDifference;
  /** As many as the page has room for. */
  readonly files: readonly Difference[];
  /** The number of all that there are. */
  readonly count: number;
  /** Bytes of the second image's layers that the first one has not, and how many they are. */
  readonly moves: { readonly layers: number; readonly bytes: number };
}

/** A file in the page: how much of the path before it begins with, the rest of its path, its facts. */
export type PackedFile = readonly [same: number, rest: string, ...facts: ExploredFacts];

type ExploredFacts = ExploredFile extends readonly [string, ...infer Facts] ? Facts : never;

/** All that the page's script reads. */
export interface PageData {
  readonly images: readonly PackedImage[];
  readonly difference?: ExploredDifference | undefined;
}

/** An image in the page. */
export type PackedImage = Omit<ExploredImage, "files"> & { readonly files: readonly PackedFile[] };

/**
 * Formats the page of one image, or of two and how they differ. Names from images are text in it, and
 * a policy forbids the page to load or run anything but its own script.
 * @example
 * ```ts
 * import { exploreImage, formatPage, openSource, resolveImage } from "nixoci";
 *
 * await using source = await openSource("oci-dir:in");
 * const page = formatPage([await exploreImage(await resolveImage(source), "hello")]);
 * console.log(page.startsWith("<!doctype html>")); // true
 * ```
 */
export function formatPage(
  images: readonly ExploredImage[],
  difference?: ExploredDifference,
): string {
  const data: PageData = { images: images.map(packFiles), difference };
  const hash = createHash("sha256").update(SCRIPT).digest("base64");
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`;
  const title = images.map(({ name }) => name).join(" and ");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
<body>
<noscript>This page shows an image with a script of its own, which is turned off here.</noscript>
<main id="page"></main>
<script type="application/json" id="data">${escapeJson(data)}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

/** Packs the paths: each says how much of the one before it begins with. */
function packFiles({ files, ...image }: ExploredImage): PackedImage {
  let before = "";
  const packed = files.map(([path, ...facts]): PackedFile => {
    let same = 0;
    while (same < path.length && path[same] === before[same]) same++;
    before = path;
    return [same, path.slice(same), ...facts];
  });
  return { ...image, files: packed };
}

/** Writes JSON so that no text of it ends the element that it is in. */
function escapeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c").replaceAll(">", "\\u003e");
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
