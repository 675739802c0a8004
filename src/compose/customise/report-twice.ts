/** Tells of bytes that an image has twice. */
import type { OnNotice } from "../../base/notices.ts";
import type { Contents } from "../contents.ts";
import type { SpecPaths } from "../paths.ts";

/** In bytes: fewer are not worth a line. */
const FEW = 16 * 1024;

/** Tells of files that are in the image twice: in the store, and copied to the root. */
export function reportTwice(
  contents: readonly Contents[],
  paths: SpecPaths,
  onNotice: OnNotice | undefined,
): void {
  const stored = new Set(contents.flatMap(({ closure }) => closure.map(({ path }) => path)));
  const copies = new Set(contents.flatMap(({ copies }) => copies));
  const twice = [...copies].filter((path) => stored.has(path));
  const bytes = twice.reduce((sum, path) => sum + (paths.sizeOf(path) ?? 0), 0);
  if (bytes <= FEW) return;
  const message =
    `copyToRoot: ${bytes} bytes are in the image twice, in the store and at the root; ` +
    "style nix2container moves them, so does copiesInStore: false where nothing refers to them, " +
    "and contents has links instead";
  onNotice?.({ code: "TWICE", message });
}
