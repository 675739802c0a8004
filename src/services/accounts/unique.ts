/** IDs that are given: who has which, and that nobody asks for another one's. */
import type { UserAccount } from "./accounts.ts";
import { usageError } from "../usage-error.ts";

/** Options that may give an ID. */
interface WithId {
  readonly at: string;
  readonly name: string;
  readonly options: { readonly uid?: number | null; readonly gid?: number | null };
}

type IdField = "uid" | "gid";
type AccountWithId = { readonly name: string } & Partial<Pick<UserAccount, IdField>>;

/** Lists the IDs that have an owner. */
export function usedIdsOf(
  wanted: readonly WithId[],
  below: readonly AccountWithId[],
  field: IdField,
): number[] {
  return [...wanted.map(({ options }) => options[field]), ...below.map((one) => one[field])]
    .filter((id) => typeof id === "number");
}

/** Proves that nobody asks for the ID of another one. @throws NixociError `USAGE`, with both. */
export function checkUnique(
  wanted: readonly WithId[],
  below: readonly AccountWithId[],
  field: IdField,
  isMutable: boolean,
): void {
  const owners = new Map<number, string>();
  for (const { at, name, options } of wanted) {
    const id = options[field];
    if (typeof id !== "number") continue;
    const own = below.find((one) => one.name === name);
    const other = isMutable
      ? below.find((one) => one[field] === id && one.name !== name && own?.[field] !== id)
      : undefined;
    const owner = owners.get(id) ?? (other && `${other.name} of the base`);
    if (owner !== undefined) {
      throw usageError(
        `${at}.${field}: ${owner} has ${id}, too`,
        "give one of them another, or write users.enforceIdUniqueness: false",
      );
    }
    owners.set(id, at);
  }
}
