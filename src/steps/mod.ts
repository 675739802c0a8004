/**
 * Steps: they take a root and return a new one, before it is copied.
 * @module
 */
export type { CompressOptions } from "../bytes/compression.ts";
export type { KeyedEdit, RunEdit } from "../image/config/edit-run-config.ts";
export { annotate, type AnnotationPlace } from "./annotate.ts";
export { append } from "./append.ts";
export { compress, type Recompression } from "./compress.ts";
export { config, type ConfigEdit } from "./config.ts";
export { format } from "./format.ts";
export { mapImages } from "./images.ts";
export { addToIndex, createIndex, type IndexMember, removeFromIndex } from "./index-entries.ts";
export { openLayerFile } from "./layer-file.ts";
export { normalize } from "./normalize.ts";
export { onPlatforms } from "./on-platforms.ts";
export { omitStorePaths } from "./omit-store-paths.ts";
export { oneImage, resolveImage, type ResolveImageOptions } from "./one-image.ts";
export { pin } from "./pin.ts";
export { platform } from "./platform.ts";
export { type OldBase, rebase } from "./rebase.ts";
export { remove } from "./remove.ts";
export { squash } from "./squash.ts";
export { strip } from "./strip.ts";
