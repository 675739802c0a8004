/** All features, in the order in which they are published, shown and added to an image. */
import { users } from "./accounts/users.ts";
import { annotations } from "./annotations.ts";
import { base } from "./base.ts";
import { compressor } from "./compressor.ts";
import { config } from "./config.ts";
import { created } from "./created.ts";
import { files } from "./files.ts";
import { includeStorePaths } from "./store/include-store-paths.ts";
import { layering } from "./layering.ts";
import { layers } from "./layers.ts";
import { name } from "./name.ts";
import { nixDatabase } from "./store/nix-database.ts";
import { nixpkgs } from "./store/nixpkgs.ts";
import { paths } from "./store/paths.ts";
import { platform } from "./platform.ts";
import { powers } from "./powers.ts";
import { profile } from "./store/profile.ts";
import { run } from "./run.ts";
import { scripts } from "./scripts.ts";
import { contents } from "./root/contents.ts";
import { lastLayer } from "./root/last-layer.ts";
import { copiesInStore } from "./root/copies-in-store.ts";
import { folderLinks } from "./root/folder-links.ts";
import { helpers } from "./root/helpers.ts";
import { hardening } from "./services/hardening.ts";
import { services } from "./services/services.ts";
import { store } from "./store/store.ts";
import { etc } from "./system/etc.ts";
import { image } from "./system/image.ts";
import { nix } from "./system/nix.ts";
import { packages } from "./system/packages.ts";
import { style } from "./style.ts";

export const FEATURES = [
  style,
  name,
  paths,
  contents,
  helpers,
  base,
  config,
  platform,
  created,
  files,
  layering,
  layers,
  includeStorePaths,
  copiesInStore,
  lastLayer,
  folderLinks,
  packages,
  profile,
  image,
  users,
  etc,
  nixDatabase,
  nix,
  nixpkgs,
  powers,
  scripts,
  run,
  services,
  hardening,
  compressor,
  annotations,
  store,
] as const;
