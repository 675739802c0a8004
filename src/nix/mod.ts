/**
 * Stores and closures, store paths, hashes and NARs of Nix. No Nix is run.
 * @module
 */
export { formatRegistration } from "./description/mod.ts";
export { formatHash, parseHash } from "./formats/hash.ts";
export type { HashFormat } from "./formats/hash.ts";
export { hashNar, writeNar } from "./formats/nar.ts";
export type { NarFile, NarFileFacts, NarFolder, NarLink, NarNode, NarSum } from "./formats/nar.ts";
export type { Closure, PathInfo } from "./formats/path-info.ts";
export { findStorePaths, isStorePath, parseStorePath, storePathOf } from "./formats/store-path.ts";
export type { StorePath } from "./formats/store-path.ts";
export { findMentions, readClosure, resolveStorePath } from "./store/closure.ts";
export type { StoreMentions } from "./store/closure.ts";
export { dumpPath, hashPath } from "./store/dump.ts";
export { openStore } from "./store/store.ts";
export type { NixStore, StoreOptions } from "./store/store.ts";
export { parseDerivation } from "./derivation/aterm/parse.ts";
export { formatDerivation } from "./derivation/aterm/format.ts";
export { parseDerivations } from "./derivation/json/parse.ts";
export { formatDerivations } from "./derivation/json/format.ts";
export type { ShowVersion } from "./derivation/json/output.ts";
export { computeDerivationPath } from "./derivation/paths.ts";
export { computeOutputPaths } from "./derivation/output-paths.ts";
export type { DerivationLookup } from "./derivation/output-paths.ts";
export type {
  DeferredOutput,
  Derivation,
  DerivationOutput,
  FixedOutput,
  FloatingOutput,
  HashMethod,
  ImpureOutput,
  InputAddressedOutput,
} from "./derivation/derivation.ts";
export { readDerivation } from "./derivation/read.ts";
export type { DerivationStore, ReadDerivation } from "./derivation/read.ts";
export { checkRealised, listInputs } from "./derivation/inputs.ts";
export type { DerivationInput } from "./derivation/inputs.ts";
