/**
 * The files of an image, as a container would see them: as an archive, listed, read, compared.
 * @module
 */
export { cat } from "./cat.ts";
export type { CatOptions } from "./cat.ts";
export { diff } from "./diff.ts";
export type { Aspect, Difference, DiffOptions } from "./diff.ts";
export { flatten } from "./flatten.ts";
export type { ArchiveStyle, FlatArchiveOptions, FlattenOptions } from "./flatten.ts";
export type { Selection } from "./glob.ts";
export { ls } from "./ls.ts";
export type { ListedFile, ListOptions } from "./ls.ts";
export { mergeLayers } from "./merge.ts";
export type { ContentStore, FlatEntry, FlatTree, FlatType, MergeOptions } from "./types.ts";
