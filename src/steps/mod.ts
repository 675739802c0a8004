/** Steps: they take a root and return a new one, before it is copied. */
export type { CompressOptions } from "../bytes/compression.ts";
export { compress, type Recompression } from "./compress.ts";
export { format } from "./format.ts";
export { mapImages } from "./images.ts";
export { oneImage, resolveImage, type ResolveImageOptions } from "./one-image.ts";
export { pin } from "./pin.ts";
export { platform } from "./platform.ts";
