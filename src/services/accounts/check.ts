/** Checks of users and groups that hold whatever image they are for. */
import { usageError } from "../usage-error.ts";
import type { AskedAccount, AskedAccounts, GroupOptions, UserOptions } from "./options.ts";

/** The largest ID that the kernel knows; the one above it means "none". */
export const MAX_ID = 2 ** 32 - 2;

/** Shadow's rule, as NixOS has it. */
const NAME = /^[a-zA-Z0-9_.][a-zA-Z0-9_.-]*$/;
const LONGEST_NAME = 31;

/**
 * Proves that accounts can be: names, texts that do not break a line of the files, kinds and IDs that
 * go together.
 * @throws NixociError `USAGE`, with the field.
 * @see https://github.com/NixOS/nixpkgs/blob/master/nixos/modules/config/users-groups.nix
 */
export function checkAsked({ users, groups }: AskedAccounts): void {
  for (const group of groups) checkGroup(group);
  for (const user of users) checkUser(user);
  for (const all of [users, groups]) checkTwice(all);
}

function checkGroup({ at, name, options }: AskedAccount<GroupOptions>): void {
  checkName(at, name);
  checkId(`${at}.gid`, options.gid);
  (options.members ?? []).forEach((one, i) => checkName(`${at}.members[${i}]`, one));
}

function checkUser({ at, name, options }: AskedAccount<UserOptions>): void {
  checkName(at, name);
  checkId(`${at}.uid`, options.uid);
  if (options.group) checkName(`${at}.group`, options.group);
  (options.extraGroups ?? []).forEach((one, i) => checkName(`${at}.extraGroups[${i}]`, one));
  for (const field of ["description", "home", "shell"] as const) {
    checkText(`${at}.${field}`, options[field]);
  }
  for (const field of ["home", "shell"] as const) checkPlace(`${at}.${field}`, options[field]);
  for (const field of ["hashedPassword", "initialHashedPassword"] as const) {
    checkHash(`${at}.${field}`, options[field]);
  }
  checkDay(`${at}.expires`, options.expires);
  checkKind(at, options);
  const ranges = [
    ...(options.subUidRanges ?? []).map(({ startUid }) => startUid),
    ...(options.subGidRanges ?? []).map(({ startGid }) => startGid),
  ];
  for (const start of ranges) checkId(`${at}.subUidRanges`, start);
}

function checkKind(at: string, { isNormalUser, isSystemUser, uid }: UserOptions): void {
  if (isNormalUser && isSystemUser) {
    throw usageError(`${at}: it is a normal user and a system user`, "leave one of the two out");
  }
  if (isNormalUser && typeof uid === "number" && uid < 1000) {
    throw usageError(
      `${at}.uid: ${uid} is below 1000, and the user is a normal one`,
      "write isSystemUser, or another uid",
    );
  }
}

function checkName(at: string, name: string): void {
  if (NAME.test(name) && name.length <= LONGEST_NAME) return;
  throw usageError(
    `${at}: ${JSON.stringify(name)} cannot be a name`,
    `write at most ${LONGEST_NAME} letters, digits, and . _ -, which is not the first`,
  );
}

function checkId(at: string, id: number | null | undefined): void {
  if (typeof id !== "number" || id <= MAX_ID) return;
  throw usageError(`${at}: ${id} is more than ${MAX_ID}`, "take a smaller ID");
}

function checkDay(at: string, day: string | null | undefined): void {
  const date = new Date(day ?? 0);
  if (!day || !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)) return;
  throw usageError(`${at}: there is no day ${day}`, "write it as 2027-01-31");
}

function checkText(at: string, text: string | null | undefined): void {
  if (!/[:\n\r]/.test(text ?? "")) return;
  throw usageError(`${at}: it has a colon or more than one line`, "leave these out");
}

function checkPlace(at: string, place: string | null | undefined): void {
  if (typeof place !== "string" || place.startsWith("/") && !/\/\.\.?(\/|$)/.test(place)) return;
  throw usageError(
    `${at}: ${JSON.stringify(place)} is not a place in the image`,
    "write an absolute path, without . and ..",
  );
}

/** A hash as crypt(5) has it, none, or the mark of who is locked, as shadow(5) has it. */
const HASH = /^(?:|x|[!*].*|\$[^$]+\$.+|[./0-9A-Za-z]{13}|_[./0-9A-Za-z]{19})$/;

/** Nothing of a hash is shown: it may be the password itself. */
function checkHash(at: string, hash: string | null | undefined): void {
  if (/[:\s]/.test(hash ?? "")) {
    throw usageError(`${at}: a hash has no colons and no blanks`, "make one with mkpasswd");
  }
  if (HASH.test(hash ?? "")) return;
  throw usageError(`${at}: it is not the hash of a password`, "make one with mkpasswd");
}

function checkTwice(all: readonly AskedAccount<unknown>[]): void {
  const places = new Map<string, string>();
  for (const { at, name } of all) {
    const other = places.get(name);
    if (other !== undefined) {
      throw usageError(`${at}: ${other} has the name ${name}, too`, "give one of them another");
    }
    places.set(name, at);
  }
}
