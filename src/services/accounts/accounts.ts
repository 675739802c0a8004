/** Users and groups of an image, and how they are looked up. */

/** A user, as a line of `/etc/passwd` has it. */
export interface UserAccount {
  readonly name: string;
  /** `x`, for passwords are in `/etc/shadow`. */
  readonly password: string;
  readonly uid: number;
  readonly gid: number;
  /** The comment field. */
  readonly description: string;
  readonly home: string;
  readonly shell: string;
}

/** A group, as a line of `/etc/group` has it. */
export interface GroupAccount {
  readonly name: string;
  readonly password: string;
  readonly gid: number;
  /** Names of users whose further group it is, sorted. */
  readonly members: readonly string[];
}

/** A line of `/etc/shadow`: the name, the hash, and seven more fields. */
export type ShadowFields = readonly string[];

/** IDs that a user may give to others: a line of `/etc/subuid` or `/etc/subgid`. */
export interface SubordinateRange {
  readonly name: string;
  readonly start: number;
  readonly count: number;
}

/** All that the files of users and groups say. */
export interface Accounts {
  /** By ascending ID. */
  readonly users: readonly UserAccount[];
  /** By ascending ID. */
  readonly groups: readonly GroupAccount[];
  /** In the order of the users. */
  readonly shadow: readonly ShadowFields[];
  readonly subUids: readonly SubordinateRange[];
  readonly subGids: readonly SubordinateRange[];
}

/** An image without users. */
export const NO_ACCOUNTS: Accounts = {
  users: [],
  groups: [],
  shadow: [],
  subUids: [],
  subGids: [],
};

/**
 * Finds a user by its name, or by its ID in digits; a name counts first, as in `chown`.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/chown.html
 */
export function findUserAccount({ users }: Accounts, word: string): UserAccount | undefined {
  return users.find(({ name }) => name === word) ??
    users.find(({ uid }) => String(uid) === word);
}

/** Finds a group by its name, or by its ID in digits. */
export function findGroupAccount({ groups }: Accounts, word: string): GroupAccount | undefined {
  return groups.find(({ name }) => name === word) ??
    groups.find(({ gid }) => String(gid) === word);
}

/** Lists the groups of a user: the one of its own first, then those that it is a member of. */
export function listGroupsOf({ groups }: Accounts, user: UserAccount): GroupAccount[] {
  const own = groups.filter(({ gid }) => gid === user.gid).slice(0, 1);
  return [...own, ...groups.filter((one) => one.members.includes(user.name) && one !== own[0])];
}
