/** `/etc/subuid` and `/etc/subgid`: IDs for the user namespaces that users make. */
import type { Accounts, SubordinateRange, UserAccount } from "./accounts.ts";
import type { CompleteUser } from "./defaults.ts";
import { usageError } from "../usage-error.ts";

/** The first ID that is given, and the number of each user, as NixOS has it. */
const FIRST = 100_000;
const COUNT = 65_536;

/** The ranges of users, and the first IDs of those that are new. */
export interface SubordinateRanges {
  readonly subUids: SubordinateRange[];
  readonly subGids: SubordinateRange[];
  readonly given: ReadonlyMap<string, number>;
}

/**
 * Makes the ranges, in the order of users: those that a base has, those that are asked for, and new
 * ones where nobody has any.
 * @param kept first IDs that users had before.
 * @throws NixociError `USAGE` where there are no more.
 */
export function makeSubordinateRanges(
  users: readonly UserAccount[],
  wanted: ReadonlyMap<string, CompleteUser>,
  below: Accounts,
  kept: Readonly<Record<string, number>>,
): SubordinateRanges {
  const made: SubordinateRanges & { given: Map<string, number> } = {
    subUids: below.subUids.filter(({ name }) => users.some((one) => one.name === name)),
    subGids: below.subGids.filter(({ name }) => users.some((one) => one.name === name)),
    given: new Map(),
  };
  for (const { name } of users) {
    const { subUidRanges, subGidRanges, autoSubUidGidRange } = wanted.get(name) ?? {};
    for (const { startUid, count } of subUidRanges ?? []) {
      made.subUids.push({ name, start: startUid, count: count ?? 1 });
    }
    for (const { startGid, count } of subGidRanges ?? []) {
      made.subGids.push({ name, start: startGid, count: count ?? 1 });
    }
    const hasRange = below.subUids.some((one) => one.name === name);
    if (!autoSubUidGidRange || hasRange) continue;
    const start = takeStart(name, [...made.subUids, ...made.subGids], kept);
    made.given.set(name, start);
    made.subUids.push({ name, start, count: COUNT });
    made.subGids.push({ name, start, count: COUNT });
  }
  return made;
}

function takeStart(
  name: string,
  there: readonly SubordinateRange[],
  kept: Readonly<Record<string, number>>,
): number {
  const isFree = (start: number) =>
    there.every((one) => start + COUNT <= one.start || one.start + one.count <= start);
  const before = Object.hasOwn(kept, name) ? kept[name]! : undefined;
  if (before !== undefined && isFree(before)) return before;
  const reserved = new Set(Object.values(kept));
  for (let start = FIRST; start < 2 ** 32 - COUNT; start += COUNT) {
    if (isFree(start) && !reserved.has(start)) return start;
  }
  throw usageError(
    `users.${name}: there are no more subordinate IDs`,
    "write autoSubUidGidRange: false",
  );
}
