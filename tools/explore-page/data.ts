/** What is in the page: shapes of src/explore, without what only Node has. */

/** A file: how much of the path before it begins with, the rest of its path, then its facts. */
export type PackedFile = readonly [
  same: number,
  rest: string,
  size: number,
  layer: number,
  hiddenBy: number,
  owner: string,
  type: string,
];

/** A store path; numbers are places in the list of store paths. */
export interface StorePath {
  readonly path: string;
  readonly size: number;
  readonly closure: number;
  readonly layers: readonly number[];
  readonly needs: readonly number[];
  readonly by: readonly string[];
  readonly chain: readonly number[];
}

/** Files of the same content. */
export interface Copies {
  readonly size: number;
  readonly files: readonly (readonly [path: string, layer: number])[];
  readonly count: number;
}

/** An image. */
export interface ImageData {
  readonly name: string;
  readonly digest: string;
  readonly layers: readonly {
    readonly digest: string;
    readonly size: number;
    readonly adds: number;
    readonly wastes: number;
    readonly hides: number;
    readonly made: string;
  }[];
  readonly config: readonly (readonly [field: string, value: string, step: number])[];
  readonly files: readonly PackedFile[];
  readonly copies: readonly Copies[];
  readonly copied: number;
  readonly paths: readonly StorePath[];
}

interface VersionedPath {
  readonly version?: string;
  readonly size?: number;
}

/** What differs between two images. */
export interface DifferenceData {
  readonly store: {
    readonly changed: readonly {
      readonly change: string;
      readonly name: string;
      readonly before: VersionedPath;
      readonly after: VersionedPath;
    }[];
    readonly added: readonly { readonly path: string; readonly size?: number }[];
    readonly removed: readonly { readonly path: string; readonly size?: number }[];
    readonly same: number;
  };
  readonly files: readonly {
    readonly change: string;
    readonly path: string;
    readonly aspects?: readonly string[];
    readonly before?: number;
    readonly after?: number;
  }[];
  readonly count: number;
  readonly moves: { readonly layers: number; readonly bytes: number };
}

/** All that the page shows. */
export interface PageData {
  readonly images: readonly ImageData[];
  readonly difference?: DifferenceData;
}
