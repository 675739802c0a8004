/** Stores and closures, store paths, hashes and NARs of Nix. No Nix is run. */
export { formatRegistration } from "./description/mod.ts";
export { formatHash, parseHash } from "./formats/hash.ts";
export type { HashFormat } from "./formats/hash.ts";
export { hashNar, writeNar } from "./formats/nar.ts";
export type { NarFile, NarFolder, NarLink, NarNode, NarSum } from "./formats/nar.ts";
export type { Closure, PathInfo } from "./formats/path-info.ts";
export { findStorePaths, isStorePath, parseStorePath, storePathOf } from "./formats/store-path.ts";
export type { StorePath } from "./formats/store-path.ts";
export { findMentions, readClosure, resolveStorePath } from "./store/closure.ts";
export type { StoreMentions } from "./store/closure.ts";
export { dumpPath, hashPath } from "./store/dump.ts";
export { openStore } from "./store/store.ts";
export type { NixStore, StoreOptions } from "./store/store.ts";
