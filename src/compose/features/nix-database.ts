/** `includeNixDB`, `initializeNixDatabase`, `nixUid` and `nixGid`: Nix's database in the image. */
import type { LayerStyle } from "../../recipe/mod.ts";
import { defineFeature, type Kinds } from "./feature.ts";
import { defineSwitchFlag } from "./flag.ts";

/** In seconds since 1970: the beginning of 1980, as nixpkgs' SOURCE_DATE_EPOCH, and 0. */
const REGISTRATION_TIMES: Readonly<Record<LayerStyle, number>> = {
  dockertools: 315_532_800,
  nix2container: 0,
};

export const nixDatabase = defineFeature((is: Kinds) => ({
  includeNixDB: is.field(
    is.flag,
    "true puts a Nix database of the image's store paths into it, so that Nix can be used there",
  ),
  initializeNixDatabase: is.field(is.flag, "The same, as nix2container calls it"),
  nixUid: is.field(
    is.whole(0),
    "The owner of /nix, of the store's folder and of the database, for Nix without a daemon",
  ),
  nixGid: is.field(is.whole(0), "Their group"),
}), {
  flags: {
    "nix-database": defineSwitchFlag(
      { summary: "Put a Nix database of its store paths into it, so that Nix can be used there" },
      (includeNixDB) => ({ includeNixDB }),
    ),
  },
  asides: ["includeNixDB", "initializeNixDatabase", "nixUid", "nixGid"],
  add: ({ includeNixDB, initializeNixDatabase, nixUid, nixGid }, { style }) => ({
    nixDatabase: {
      isAsked: includeNixDB || initializeNixDatabase || false,
      registrationTime: REGISTRATION_TIMES[style],
      uid: nixUid ?? undefined,
      gid: nixGid ?? undefined,
    },
  }),
});
