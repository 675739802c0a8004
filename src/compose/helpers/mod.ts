/**
 * Files that programs expect in an image and that nothing brings: dockerTools' environment helpers,
 * from store paths that are given. Files of users are regular ones, for engines refuse links there.
 * @see https://nixos.org/manual/nixpkgs/stable/#ssec-pkgs-dockerTools-helpers
 */
export { makeExportProfile } from "./export-profile.ts";
export {
  makeBinSh,
  makeCaCertificates,
  makeLoader,
  makeRunProfile,
  makeTmp,
  makeUsrBinEnv,
} from "./links.ts";
export { makeTmatePrograms } from "./tmate.ts";
export { type ExtraUsers, makeFakeNss, makeShadowFiles } from "./users.ts";
