/**
 * Composing images: from a SPEC to layers that have digests before they are made.
 * @module
 */
export type { Base } from "./base/base.ts";
export { build, type BuildOptions, type BuildResult, type OpenLayerPlace } from "./build.ts";
export type { Against, LayeringChoice } from "./draft.ts";
export type { OpenBase } from "./base/open-base.ts";
export type { ContentsSpec } from "./features/store/paths.ts";
export type { MetadataSpec } from "./features/metadata.ts";
export {
  type ExtraUsers,
  makeBinSh,
  makeCaCertificates,
  makeExportProfile,
  makeFakeNss,
  makeLoader,
  makeRunProfile,
  makeShadowFiles,
  makeTmatePrograms,
  makeTmp,
  makeUsrBinEnv,
} from "./helpers/mod.ts";
export type { SourceFile, SourceFolder, SourceLink, SourceNode } from "./nixpkgs/node.ts";
export type { LocatedTree } from "./nixpkgs/locate.ts";
export type { StoreTree } from "./nixpkgs/tree.ts";
export { describeLayers, type LayersOptions, type RuleOf, selectClosure } from "./layers/layers.ts";
export { readLayersAt } from "./recorded.ts";
export { selectBaseImage } from "./base/select-base.ts";
export { sourceOf } from "./source.ts";
export { createSpecJsonSchema } from "./spec/json-schema.ts";
export { checkSpec, readSpec, type SpecInFolder } from "./spec/read.ts";
export { readHistory, readPerms, readRewrites } from "./spec/rules.ts";
export type { LayerSpec } from "./spec/type.ts";
export type { Spec } from "./spec/spec.ts";
