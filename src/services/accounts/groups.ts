/** The groups of an image: those of its base, and those that are asked for. */
import type { Accounts, GroupAccount } from "./accounts.ts";
import { usageError } from "../usage-error.ts";
import { USUAL_GROUPS } from "./defaults.ts";
import { sortById } from "./files.ts";
import { type IdPool, SYSTEM_IDS } from "./ids.ts";
import type { AskedAccount, GroupOptions } from "./options.ts";

/** A group with its members that are asked for. */
export interface WantedGroup extends AskedAccount<GroupOptions> {
  readonly members: ReadonlySet<string>;
}

/**
 * Resolves groups to their IDs, in the order of names, as NixOS does.
 * @throws NixociError `USAGE` for a group that the base has with another ID.
 */
export function resolveGroups(
  wanted: readonly WantedGroup[],
  below: Accounts,
  pool: IdPool,
  isMutable: boolean,
): GroupAccount[] {
  const own = [...wanted].sort((a, b) => a.name < b.name ? -1 : 1)
    .map((one) => resolveGroup(one, below, pool, isMutable));
  const names = new Set(own.map(({ name }) => name));
  const others = isMutable ? below.groups.filter(({ name }) => !names.has(name)) : [];
  return sortById([...others, ...own], ({ gid }) => gid);
}

function resolveGroup(
  { at, name, options, members }: WantedGroup,
  below: Accounts,
  pool: IdPool,
  isMutable: boolean,
): GroupAccount {
  const there = below.groups.find((one) => one.name === name);
  const asked = options.gid ?? undefined;
  if (there !== undefined && asked !== undefined && asked !== there.gid) {
    throw usageError(
      `${at}.gid: ${asked}, and the base has the group ${name} with ${there.gid}`,
      "leave gid out, for files of the base have that ID",
    );
  }
  const stay = isMutable ? there?.members ?? [] : [];
  return {
    name,
    password: there?.password ?? "x",
    gid: asked ?? there?.gid ?? pool.take(name, SYSTEM_IDS),
    members: [...new Set([...stay, ...members])].sort(),
  };
}

/**
 * Completes the groups that are asked for by those of NixOS that users name and nobody has: `wheel`,
 * `users`. Where the base has their ID for another group, they get one of their own.
 * @throws NixociError `USAGE` for a group that users name and that is nowhere.
 */
export function completeGroups(
  asked: readonly AskedAccount<GroupOptions>[],
  named: ReadonlyMap<string, string>,
  below: Accounts,
): AskedAccount<GroupOptions>[] {
  const all = [...asked];
  for (const [name, at] of named) {
    const isThere = all.some((one) => one.name === name) ||
      below.groups.some((one) => one.name === name);
    if (isThere) continue;
    const gid = USUAL_GROUPS[name];
    if (gid === undefined) {
      throw usageError(
        `${at}: there is no group ${name}`,
        `add it to the SPEC: "groups": {"${name}": {}}`,
      );
    }
    const isTaken = below.groups.some((one) => one.gid === gid) ||
      all.some(({ options }) => options.gid === gid);
    all.push({ at, name, options: isTaken ? {} : { gid } });
  }
  return all;
}
