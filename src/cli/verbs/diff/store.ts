/** The work of `nixoci diff --store-paths`, and its lines. */
import { parsePlace } from "../../../../transports/reference.ts";
import { NixociError } from "../../../base/errors.ts";
import {
  type ComparedPath,
  compareStorePaths,
  readStorePaths,
  type StoreDifference,
} from "../../../explain/mod.ts";
import type { Io } from "../../kit/io.ts";
import { formatColumns } from "../../kit/plot.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { formatBytes, formatCount } from "../../kit/text.ts";
import { type ImageChoice, withImage } from "../../reference/image.ts";
import { namePartOf } from "../../../nix/formats/store-path.ts";

/** The choice of images, and of what is known of their store paths. */
export type StoreChoice = ImageChoice & { readonly closure?: readonly string[] | undefined };

/** Prints what differs between the store paths of two images. @returns 1 where something does. */
export async function compareStores(
  before: string,
  after: string,
  { closure, ...choice }: StoreChoice,
  io: Io,
): Promise<1 | void> {
  const store = {
    ...closure && { descriptions: closure },
    ...io.access.store !== undefined && { root: io.access.store },
  };
  const read = (text: string) =>
    withImage(
      parsePlace(text, { lasting: true }),
      choice,
      readSideOptions(io.access, io),
      (image) => readStorePaths(image, { store, signal: io.signal }),
    );
  const [left, right] = [await read(before), await read(after)];
  if (left.length + right.length === 0) {
    throw new NixociError("UNSUPPORTED", "there are no store paths in either of them", {
      hint: "without --store-paths their files are compared",
    });
  }
  const found = compareStorePaths(left, right);
  io.print(found, () => describeStores(found));
  if (found.added.length + found.removed.length + found.changed.length > 0) return 1;
}

const SIGNS = { upgraded: "^", downgraded: "v", rebuilt: "~" } as const;

/** Writes it for people: `+` and `-` for what came and went, `^`, `v`, `~` for what has changed. */
function* describeStores({ added, removed, changed, same, bytes }: StoreDifference) {
  const rows = [
    ...changed.map(({ name, change, before, after }) => [
      SIGNS[change],
      name,
      change === "rebuilt"
        ? `${after.version ?? ""} rebuilt`.trim()
        : `${before.version ?? "?"} -> ${after.version ?? "?"}`,
      [before, after].map(formatSize).join(" -> "),
    ]),
    ...added.map((path) => ["+", nameOf(path), "", formatSize(path)]),
    ...removed.map((path) => ["-", nameOf(path), "", formatSize(path)]),
  ];
  yield* formatColumns(rows);
  yield `${formatCount(added.length, "store path")} more, ${removed.length} less, ` +
    `${changed.length} changed, ${same} the same`;
  if (bytes === undefined) return;
  yield `${formatBytes(bytes.before)} before, ${formatBytes(bytes.after)} after, ` +
    `of which ${formatBytes(bytes.news)} are new`;
}

function formatSize({ size }: ComparedPath): string {
  return size === undefined ? "?" : formatBytes(size);
}

function nameOf({ path }: ComparedPath): string {
  return namePartOf(path);
}
