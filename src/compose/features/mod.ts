/** All features, in the order in which they are published, shown and added to an image. */
import { annotations } from "./annotations.ts";
import { base } from "./base.ts";
import { compressor } from "./compressor.ts";
import { config } from "./config.ts";
import { created } from "./created.ts";
import { files } from "./files.ts";
import { includeStorePaths } from "./include-store-paths.ts";
import { layering } from "./layering.ts";
import { layers } from "./layers.ts";
import { name } from "./name.ts";
import { nixDatabase } from "./nix-database.ts";
import { paths } from "./paths.ts";
import { platform } from "./platform.ts";
import { powers } from "./powers.ts";
import { run } from "./run.ts";
import { scripts } from "./scripts.ts";
import { contents } from "./root/contents.ts";
import { copiesInStore } from "./root/copies-in-store.ts";
import { folderLinks } from "./root/folder-links.ts";
import { helpers } from "./root/helpers.ts";
import { store } from "./store.ts";
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
  folderLinks,
  nixDatabase,
  powers,
  scripts,
  run,
  compressor,
  annotations,
  store,
] as const;
