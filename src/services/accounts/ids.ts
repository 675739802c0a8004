/**
 * IDs for those who are given none: NixOS's rules. Normal users from 1000 upwards; system users, and
 * all groups, from 999 downwards. An ID that was given to a name before stays with it.
 * @see https://github.com/NixOS/nixpkgs/blob/master/nixos/modules/config/update-users-groups.pl
 */
import { NixociError } from "../../base/errors.ts";

/** IDs by the names that they were given to. */
export interface KeptIds {
  readonly users: Readonly<Record<string, number>>;
  readonly groups: Readonly<Record<string, number>>;
  /** First IDs of subordinate ranges. */
  readonly subordinate: Readonly<Record<string, number>>;
}

/** Nothing is remembered. */
export const NO_IDS: KeptIds = { users: {}, groups: {}, subordinate: {} };

/** A range that IDs are taken from, and the end where that begins. */
export interface FreeIds {
  readonly least: number;
  readonly most: number;
  readonly from: "least" | "most";
}

export const NORMAL_IDS: FreeIds = { least: 1000, most: 29_999, from: "least" };
export const SYSTEM_IDS: FreeIds = { least: 400, most: 999, from: "most" };

/** Hands out IDs, none of them twice. */
export interface IdPool {
  /** Gives an ID to a name: the one that it had, or the next free one. */
  take(name: string, range: FreeIds): number;
  /** The IDs that were given, by name, in that order. */
  readonly given: ReadonlyMap<string, number>;
}

/**
 * Creates a pool.
 * @param used IDs that have an owner.
 * @param kept IDs that names had before; nobody else gets them.
 */
export function createIdPool(
  used: Iterable<number>,
  kept: Readonly<Record<string, number>>,
): IdPool {
  const taken = new Set(used);
  const reserved = new Set(Object.values(kept));
  const given = new Map<string, number>();
  const take = (name: string, range: FreeIds): number => {
    const before = Object.hasOwn(kept, name) ? kept[name] : undefined;
    const isFree = before !== undefined && !taken.has(before) &&
      before >= range.least && before <= range.most;
    return isFree ? before : findFree(range, (id) => taken.has(id) || reserved.has(id));
  };
  return {
    take(name, range) {
      const id = take(name, range);
      taken.add(id);
      given.set(name, id);
      return id;
    },
    given,
  };
}

function findFree({ least, most, from }: FreeIds, isTaken: (id: number) => boolean): number {
  const step = from === "least" ? 1 : -1;
  for (let id = from === "least" ? least : most; id >= least && id <= most; id += step) {
    if (!isTaken(id)) return id;
  }
  throw new NixociError("LIMIT", `users and groups: all IDs from ${least} to ${most} are taken`, {
    hint: "give uid and gid",
  });
}
