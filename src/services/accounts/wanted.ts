/** Accounts that are wanted: those who are asked for, what they name, and NixOS's own. */
import type { Accounts } from "./accounts.ts";
import { completeUserOptions, listUsual, USUAL_USERS } from "./defaults.ts";
import type { AccountFiles } from "./files.ts";
import { completeGroups, type WantedGroup } from "./groups.ts";
import type { AskedAccount, AskedAccounts, GroupOptions } from "./options.ts";
import type { UsualShells, WantedUser } from "./users.ts";

/** Lists all that is wanted: what is asked for, what that names, and NixOS's own where nobody has any. */
export function listWanted(
  { users = [], groups = [], mutableUsers }: Partial<AskedAccounts>,
  files: AccountFiles,
  below: Accounts,
  shells: UsualShells,
): { readonly users: WantedUser[]; readonly groups: WantedGroup[] } {
  const usual = listUsual({ users: namesOf(users), groups: namesOf(groups) });
  const root = { ...USUAL_USERS["root"], shell: shells.login ?? "/bin/sh" };
  const own = usual.users.map((one) => one.name === "root" ? { ...one, options: root } : one);
  const enabled = users.filter(({ options }) => options.enable ?? true);
  const isMutable = mutableUsers ?? true;
  const hasUsers = files.passwd !== undefined && isMutable;
  const isThere = (name: string) => hasUsers && below.users.some((one) => one.name === name);
  const wanted = [...hasUsers ? [] : own, ...enabled].map((one) => ({
    at: one.at,
    name: one.name,
    options: completeUserOptions(one, isThere(one.name)),
  }));
  const hasGroups = files.group !== undefined && isMutable;
  const all = [...hasGroups ? [] : usual.groups.map((one) => keepBaseId(one, below)), ...groups];
  return {
    users: wanted,
    groups: nameMembers(completeGroups(all, listNamed(wanted), below), wanted),
  };
}

/** Leaves the ID of one of NixOS's groups out where the base has that group, or has that ID for another. */
function keepBaseId(
  group: AskedAccount<GroupOptions>,
  { groups }: Accounts,
): AskedAccount<GroupOptions> {
  const isTaken = groups.some(({ name, gid }) => name === group.name || gid === group.options.gid);
  return isTaken ? { ...group, options: {} } : group;
}

function namesOf(all: readonly AskedAccount<unknown>[]): ReadonlySet<string> {
  return new Set(all.map(({ name }) => name));
}

/** Lists the groups that users name, with the field of the first who does. */
function listNamed(users: readonly WantedUser[]): ReadonlyMap<string, string> {
  const named = users.flatMap(({ at, options: { group, extraGroups } }): [string, string][] => [
    ...group ? [[group, `${at}.group`] as [string, string]] : [],
    ...(extraGroups ?? []).map((one, i): [string, string] => [one, `${at}.extraGroups[${i}]`]),
  ]);
  return new Map(named.toReversed());
}

/** Adds to groups the users that name them; a group of the base alone becomes one that is wanted. */
function nameMembers(
  groups: readonly AskedAccount<GroupOptions>[],
  users: readonly WantedUser[],
): WantedGroup[] {
  const members = (name: string) =>
    users.filter(({ options }) => options.extraGroups?.includes(name)).map((one) => one.name);
  const extended = users.flatMap(({ options }) => options.extraGroups ?? [])
    .filter((name) => !groups.some((one) => one.name === name));
  const all = [
    ...groups,
    ...[...new Set(extended)].map((name): AskedAccount<GroupOptions> => ({
      at: `groups.${name}`,
      name,
      options: {},
    })),
  ];
  return all.map((one) => ({
    ...one,
    members: new Set([...one.options.members ?? [], ...members(one.name)]),
  }));
}
