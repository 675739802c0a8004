/** `users`, `groups` and `ids`: who is in the image, by NixOS's rules. */
import { NixociError, wrapError } from "../../../base/errors.ts";
import { readSmallFile } from "../../../bytes/disk/small-file.ts";
import {
  type AskedAccount,
  checkAsked,
  type GroupOptions,
  nameAccount,
} from "../../../services/accounts/mod.ts";
import type { AccountsDraft, AuthorizedKeys } from "../../accounts/draft.ts";
import { makeAbsolute } from "../../parts.ts";
import { defineFeature, type Kinds } from "../feature.ts";
import { defineGroup, defineUser, type UserSpec } from "./fields.ts";

/** Fields beside those that are users. */
const RULES = ["mutableUsers", "enforceIdUniqueness", "defaultUserShell"] as const;

export const users = defineFeature((is: Kinds) => ({
  users: is.field(
    is.named(
      {
        mutableUsers: is.field(
          is.flag,
          "false takes away users and groups of the base that the SPEC does not name; true by default",
          { usual: true, example: false },
        ),
        enforceIdUniqueness: is.field(
          is.flag,
          "false lets several have the same ID; true by default",
          { usual: true, example: false },
        ),
        defaultUserShell: is.field(
          is.path,
          "The shell of normal users and root; bash or sh by default, where the image has them",
          { example: "/bin/bash" },
        ),
      },
      defineUser(is),
      "must be an object of users",
    ),
    "Users, by name, with NixOS's options",
  ),
  groups: is.field(
    is.record(defineGroup(is), "must be an object of groups"),
    "Groups, by name, with NixOS's options",
  ),
  ids: is.field(
    is.path,
    "A JSON file with IDs that stay with their names: users, groups, subordinate. It need not be there",
    { example: "ids.json" },
  ),
}), {
  asides: ["ids"],
  add: async ({ users, groups, ids }, image, { folder }) => {
    if (!users && !groups && !ids) return {};
    const file = ids ? await readIds(ids, folder) : undefined;
    const asked = listUsers(users ?? {});
    const added: AccountsDraft = {
      isAsked: image.accounts.isAsked || Boolean(users ?? groups),
      users: [...image.accounts.users, ...asked],
      groups: [...image.accounts.groups, ...listGroups(groups ?? {})],
      mutableUsers: users?.mutableUsers ?? true,
      enforceIdUniqueness: users?.enforceIdUniqueness ?? true,
      defaultUserShell: users?.defaultUserShell ?? undefined,
      keys: await readKeys(asked, folder),
      ids: file,
    };
    checkAsked(added);
    const { defaultUserShell = "" } = added;
    const shells = asked.filter(isEnabled).map(({ at, options: { shell } }) => ({
      at: `${at}.shell`,
      text: shell ?? "",
    }));
    return {
      accounts: added,
      mentions: [
        ...image.mentions,
        ...[...shells, { at: "users.defaultUserShell", text: defaultUserShell }]
          .filter(({ text }) => text !== ""),
      ],
    };
  },
});

/** Reads the file of IDs; by way of zod, which `--help` does without. */
async function readIds(name: string, folder: string) {
  const { readIdsFile } = await import("../../accounts/ids.ts");
  return await readIdsFile(makeAbsolute(name, { at: "", folder }), name);
}

function listUsers(users: Readonly<Record<string, unknown>>): AskedAccount<UserSpec>[] {
  return Object.entries(users).filter(([key]) => !(RULES as readonly string[]).includes(key))
    .map(([key, one]) => nameAccount(key, one as UserSpec, "users"));
}

function isEnabled({ options }: AskedAccount<UserSpec>): boolean {
  return options.enable ?? true;
}

function listGroups(groups: Readonly<Record<string, GroupOptions>>): AskedAccount<GroupOptions>[] {
  return Object.entries(groups).map(([key, one]) => nameAccount(key, one, "groups"));
}

/** Reads the keys of users, with those in files. */
async function readKeys(
  users: readonly AskedAccount<UserSpec>[],
  folder: string,
): Promise<AuthorizedKeys[]> {
  const all = await Promise.all(
    users.filter(isEnabled).map(async ({ at, name, options }) => {
      const { keys, keyFiles } = options.openssh?.authorizedKeys ?? {};
      const field = `${at}.openssh.authorizedKeys`;
      const texts = await Promise.all((keyFiles ?? []).map(async (path, i) => {
        const file = makeAbsolute(path, { at: "", folder });
        const bytes = await readSmallFile(file).catch((error) => {
          throw wrapError(error, `${field}.keyFiles[${i}]`);
        });
        return bytes.toString();
      }));
      const lines = [
        ...(keys ?? []).map((key, i) => checkKey(key, `${field}.keys[${i}]`)),
        ...texts,
      ]
        .flatMap((text) => text.split("\n")).filter((line) => line.trim() !== "");
      return { at: field, name, lines };
    }),
  );
  return all.filter(({ lines }) => lines.length > 0);
}

/** Nothing of a key is shown, for it may be the private one. */
function checkKey(key: string, at: string): string {
  if (!/[\n\r]/.test(key.trim()) && !key.includes("PRIVATE KEY")) return key.trim();
  throw new NixociError("USAGE", `${at}: it is not the line of a public key`, {
    hint: "write what is in the file that ends in .pub",
  });
}
