/** `includeNixDB`, `initializeNixDatabase`, `nixUid` and `nixGid`: Nix's database in the image. */
import { omitMissing } from "../../base/omit-missing.ts";
import type { LayerStyle } from "../../recipe/mod.ts";
import type { ImageCheck } from "../customise/customisation.ts";
import { createNixDatabase } from "../nix-database/add.ts";
import { defineFeature, type Kinds } from "./feature.ts";
import { defineSwitchFlag } from "./flag.ts";

/** In seconds since 1970: the beginning of 1980, which is nixpkgs' SOURCE_DATE_EPOCH, and 0. */
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
    "The owner of /nix, of the store's folder and of the database, for Nix without a daemon; uid by default",
  ),
  nixGid: is.field(is.whole(0), "Their group; gid by default"),
}), {
  flags: {
    "nix-database": defineSwitchFlag(
      { summary: "Put a Nix database of its store paths into it, so that Nix can be used there" },
      (includeNixDB) => ({ includeNixDB }),
    ),
  },
  asides: ["includeNixDB", "initializeNixDatabase", "nixUid", "nixGid"],
  add({ includeNixDB, initializeNixDatabase, nixUid, nixGid }, { style, files, ...image }) {
    if (!includeNixDB && !initializeNixDatabase) {
      return nixUid || nixGid ? { checks: [...image.checks, reportUnused] } : {};
    }
    const { addition, check } = createNixDatabase({
      style,
      registrationTime: REGISTRATION_TIMES[style],
      owner: omitMissing({ uid: nixUid, gid: nixGid }),
      usualOwner: omitMissing({ uid: files.uid, gid: files.gid }),
    });
    return { additions: [...image.additions, addition], checks: [...image.checks, check] };
  },
});

const reportUnused: ImageCheck = (_image, { onNotice }) => {
  const message =
    "nixUid and nixGid are of the Nix database (includeNixDB), which is not asked for";
  return Promise.resolve(onNotice?.({ code: "LEFT_OUT", message }));
};
