/** The users of an image: those of its base, and those that are asked for. */
import { type Accounts, findGroupAccount, type UserAccount } from "./accounts.ts";
import { usageError } from "../usage-error.ts";
import { type CompleteUser, NO_HOME } from "./defaults.ts";
import { type FreeIds, type IdPool, NORMAL_IDS, SYSTEM_IDS } from "./ids.ts";

/** A user that is asked for, with NixOS's defaults. */
export interface WantedUser {
  readonly at: string;
  readonly name: string;
  readonly options: CompleteUser;
}

/** The shells of those who are given none. */
export interface UsualShells {
  /** Of normal users and root; `undefined` where the image has none. */
  readonly login: string | undefined;
  /** Of system users. */
  readonly none: string;
}

/** The surroundings of users. */
export interface UserContext {
  readonly pool: IdPool;
  readonly shells: UsualShells;
  /** Tells that what a base has, and nobody says, stays. */
  readonly isMutable: boolean;
}

/** A user, and how it is asked for. */
export interface ResolvedUser {
  readonly account: UserAccount;
  readonly wanted: WantedUser;
}

/**
 * Resolves users to their IDs, in the order of names, as NixOS does.
 * @param accounts with the groups of the image.
 * @throws NixociError `USAGE` for a user without kind or group, and for one that the base has with
 * another ID.
 */
export function resolveUsers(
  wanted: readonly WantedUser[],
  below: Accounts,
  accounts: Accounts,
  { pool, shells, isMutable }: UserContext,
): ResolvedUser[] {
  return [...wanted].sort((a, b) => a.name < b.name ? -1 : 1).map((one) => {
    const there = below.users.find(({ name }) => name === one.name);
    checkSameId(one, there);
    const account = there !== undefined && isMutable
      ? changeUser(one, there, accounts, shells)
      : createUser(one, accounts, shells, (range) => there?.uid ?? pool.take(one.name, range));
    return { account, wanted: one };
  });
}

function createUser(
  { at, name, options }: WantedUser,
  accounts: Accounts,
  shells: UsualShells,
  takeId: (range: FreeIds) => number,
): UserAccount {
  checkKind(at, options);
  const { uid, isSystem, home, description, group } = options;
  if (!group) {
    throw usageError(
      `${at}.group: a system user needs a group`,
      `write "group": "${name}" there, and "groups": {"${name}": {}} in the SPEC`,
    );
  }
  return {
    name,
    password: "x",
    uid: uid ?? takeId(isSystem ? SYSTEM_IDS : NORMAL_IDS),
    gid: gidOf(group, accounts),
    description: description ?? "",
    home: home ?? NO_HOME,
    shell: shellOf(at, options, shells) ?? shells.none,
  };
}

function changeUser(
  { at, options }: WantedUser,
  there: UserAccount,
  accounts: Accounts,
  shells: UsualShells,
): UserAccount {
  const { home, description, group } = options;
  return {
    ...there,
    gid: group ? gidOf(group, accounts) : there.gid,
    description: description ?? there.description,
    home: home ?? there.home,
    shell: shellOf(at, options, shells) ?? there.shell,
  };
}

function checkSameId({ at, name, options: { uid } }: WantedUser, there?: UserAccount): void {
  if (there === undefined || typeof uid !== "number" || uid === there.uid) return;
  throw usageError(
    `${at}.uid: ${uid}, and the base has the user ${name} with ${there.uid}`,
    "leave uid out, for files of the base have that ID",
  );
}

function checkKind(at: string, { isNormalUser, isSystem }: CompleteUser): void {
  if (isNormalUser || isSystem) return;
  throw usageError(
    `${at}: nothing says whether it is a normal user or a system user`,
    "write isNormalUser or isSystemUser",
  );
}

function shellOf(
  at: string,
  { shell, useDefaultShell }: CompleteUser,
  { login }: UsualShells,
): string | undefined {
  if (shell) return shell;
  if (!useDefaultShell) return undefined;
  if (login !== undefined) return login;
  throw usageError(
    `${at}.shell: the image has no shell that is known`,
    "name one of its programs there or in users.defaultUserShell, or make it a system user",
  );
}

/** Groups are there: whatever users name was completed before. */
function gidOf(group: string, accounts: Accounts): number {
  return findGroupAccount(accounts, group)!.gid;
}
