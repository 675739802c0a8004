/** Users and groups of an image: from what is asked for, what a base has, and IDs that were given before. */
import { type Accounts, NO_ACCOUNTS } from "./accounts.ts";
import { type AccountFiles, parseAccounts, sortById } from "./files.ts";
import { resolveGroups } from "./groups.ts";
import { createIdPool, type KeptIds, NO_IDS } from "./ids.ts";
import type { AskedAccounts } from "./options.ts";
import { makeShadow } from "./shadow.ts";
import { makeSubordinateRanges } from "./subordinate.ts";
import { checkUnique, usedIdsOf } from "./unique.ts";
import { type ResolvedUser, resolveUsers, type UsualShells } from "./users.ts";
import { listWanted } from "./wanted.ts";

/** The surroundings of accounts. */
export interface AccountContext {
  /** The files of the base. */
  readonly below?: AccountFiles;
  readonly kept?: KeptIds;
  readonly shells?: UsualShells;
}

/** Accounts, and what of them is new. */
export interface ResolvedAccounts extends Accounts {
  /** The users that are asked for, with their options. */
  readonly asked: readonly ResolvedUser[];
  /** IDs that nobody gave. */
  readonly given: KeptIds;
  /** Users and groups of the base that are not there any more. */
  readonly removed: readonly string[];
}

/** The shells of an image of which nothing is known. */
const USUAL_SHELLS: UsualShells = { login: "/bin/sh", none: "/sbin/nologin" };

/**
 * Resolves the accounts of an image, by the rules of NixOS. Its own users and groups are there where a
 * base has none.
 * @throws NixociError `USAGE`, with the field, for accounts that cannot be together; `LIMIT` where no
 * ID is free.
 */
export function resolveAccounts(
  asked: Partial<AskedAccounts>,
  { below: files = {}, kept = NO_IDS, shells = USUAL_SHELLS }: AccountContext = {},
): ResolvedAccounts {
  const isMutable = asked.mutableUsers ?? true;
  const below = parseAccounts(files);
  const { users: wanted, groups: wantedGroups } = listWanted(asked, files, below, shells);
  if (asked.enforceIdUniqueness ?? true) {
    checkUnique(wanted, below.users, "uid", isMutable);
    checkUnique(wantedGroups, below.groups, "gid", isMutable);
  }
  const gids = createIdPool(usedIdsOf(wantedGroups, below.groups, "gid"), kept.groups);
  const groups = resolveGroups(wantedGroups, below, gids, isMutable);
  const uids = createIdPool(usedIdsOf(wanted, below.users, "uid"), kept.users);
  const withGroups = { ...NO_ACCOUNTS, groups };
  const own = resolveUsers(wanted, below, withGroups, { pool: uids, shells, isMutable });
  const names = new Set(own.map(({ account }) => account.name));
  const others = isMutable ? below.users.filter(({ name }) => !names.has(name)) : [];
  const users = sortById([...others, ...own.map(({ account }) => account)], ({ uid }) => uid);
  const options = new Map(own.map(({ account, wanted }) => [account.name, wanted.options]));
  const { given, ...ranges } = makeSubordinateRanges(users, options, below, kept.subordinate);
  const accounts = { users, groups, ...ranges };
  return {
    ...accounts,
    shadow: makeShadow(users, options, below, isMutable),
    asked: own,
    given: {
      users: toRecord(uids.given),
      groups: toRecord(gids.given),
      subordinate: toRecord(given),
    },
    removed: listRemoved(below, accounts),
  };
}

function listRemoved(below: Accounts, { users, groups }: Pick<Accounts, "users" | "groups">) {
  const isGone = (all: readonly { readonly name: string }[]) => (one: { readonly name: string }) =>
    !all.some(({ name }) => name === one.name);
  return [
    ...below.users.filter(isGone(users)).map(({ name }) => `the user ${name}`),
    ...below.groups.filter(isGone(groups)).map(({ name }) => `the group ${name}`),
  ];
}

function toRecord(ids: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries(ids);
}
