/** `/etc/shadow`: hashes of passwords, and until when an account is good. */
import type { Accounts, ShadowFields, UserAccount } from "./accounts.ts";
import type { CompleteUser } from "./defaults.ts";

/** A hash that no password has. */
const LOCKED = "!";

const DAY = 24 * 60 * 60 * 1000;

/**
 * Makes the lines for users, in their order. A line that a base has stays, but for what is asked for;
 * `initialHashedPassword` counts only for who is new.
 * @param isMutable whether a password that nobody asks for stays.
 */
export function makeShadow(
  users: readonly UserAccount[],
  wanted: ReadonlyMap<string, CompleteUser>,
  below: Accounts,
  isMutable: boolean,
): ShadowFields[] {
  return users.map(({ name }) => {
    const there = below.shadow.find(([one]) => one === name);
    const { hashedPassword, initialHashedPassword, expires } = wanted.get(name) ?? {};
    const isNew = there === undefined || !isMutable;
    const initial = isNew ? initialHashedPassword : undefined;
    const [, before = LOCKED, changed = "1", ...rest] = there ?? [];
    const hash = isMutable ? before : LOCKED;
    const [least = "", most = "", warn = "", inactive = "", expiry = "", flag = ""] = rest;
    const until = expires ? String(Date.parse(expires) / DAY) : expiry;
    const password = hashedPassword ?? initial ?? hash;
    return [name, password, changed, least, most, warn, inactive, until, flag];
  });
}
