/**
 * The tar codec's public names.
 * @module
 */
export type { Extent, IndexedEntry, TarEntry, TarFields, TarType } from "./entry.ts";
export { indexTar, scanTar } from "./index.ts";
export type { TarIndex } from "./index.ts";
export { decodeName, encodeName } from "./name.ts";
export { readTar } from "./read.ts";
export type { MemberContent, TarMember } from "./read.ts";
export type { TarReadOptions } from "./supply.ts";
export { expandSparse } from "./sparse.ts";
export { encodeHeader, END_OF_ARCHIVE, paddingOf, patchSize, writeTar } from "./write.ts";
export type { TarInput } from "./write.ts";
