/** `includeNixDB`, `initializeNixDatabase`, `nixUid` and `nixGid`: Nix's database in the image. */
import { omitMissing } from "../../../base/omit-missing.ts";
import type { LayerStyle } from "../../../recipe/mod.ts";
import { findUserAccount } from "../../../services/accounts/mod.ts";
import { readAccounts } from "../../accounts/accounts.ts";
import type { Addition, ImageCheck } from "../../customise/customisation.ts";
import type { ImageDraft } from "../../draft.ts";
import type { NixDatabase, NixDatabaseOptions } from "../../nix-database/add.ts";
import { defineFeature, type Kinds } from "../feature.ts";
import { defineSwitchFlag } from "../flag.ts";

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
  async add({ includeNixDB, initializeNixDatabase, nixUid, nixGid }, image) {
    if (!includeNixDB && !initializeNixDatabase) {
      return nixUid || nixGid ? { checks: [...image.checks, reportUnused] } : {};
    }
    const owner = omitMissing({ uid: nixUid, gid: nixGid });
    const { addition, check } = await createDatabase({ ...optionsOf(image), owner });
    return { additions: [...image.additions, addition], checks: [...image.checks, check] };
  },
});

/** Creates it with code that other images do without. */
async function createDatabase(options: NixDatabaseOptions): Promise<NixDatabase> {
  const { createNixDatabase } = await import("../../nix-database/add.ts");
  return createNixDatabase(options);
}

function optionsOf({ style, files }: Pick<ImageDraft, "style" | "files">) {
  return {
    style,
    registrationTime: REGISTRATION_TIMES[style],
    usualOwner: omitMissing({ uid: files.uid, gid: files.gid }),
  };
}

/** Creates the database of an image whose store belongs to a user of it; root's is as it is without one. */
export function createDatabaseFor(
  image: ImageDraft,
  user: string,
  accounts: ImageDraft["accounts"],
): { readonly additions: Addition[]; readonly checks: ImageCheck[] } {
  let database: Promise<NixDatabase> | undefined;
  return {
    additions: [async (...surroundings) => {
      const { uid, gid } = findUserAccount(await readAccounts(accounts, ...surroundings), user) ??
        {};
      const owner = user === "root" ? {} : omitMissing({ uid, gid });
      database ??= createDatabase({ ...optionsOf(image), owner });
      return await (await database).addition(...surroundings);
    }],
    checks: [async (...surroundings) => await (await database)?.check(...surroundings)],
  };
}

const reportUnused: ImageCheck = (_image, { onNotice }) => {
  const message =
    "nixUid and nixGid are of the Nix database (includeNixDB), which is not asked for";
  return Promise.resolve(onNotice?.({ code: "LEFT_OUT", message }));
};
