/** Defaults of NixOS: its own users and groups, and the options that a kind of user implies. */
import type { AskedAccount, GroupOptions, UserOptions } from "./options.ts";

/**
 * The groups that NixOS always has, with their IDs.
 * @see https://github.com/NixOS/nixpkgs/blob/master/nixos/modules/misc/ids.nix
 */
export const USUAL_GROUPS: Readonly<Record<string, number>> = {
  root: 0,
  wheel: 1,
  kmem: 2,
  tty: 3,
  disk: 6,
  audio: 17,
  floppy: 18,
  uucp: 19,
  lp: 20,
  cdrom: 24,
  tape: 25,
  video: 26,
  dialout: 27,
  utmp: 29,
  adm: 55,
  users: 100,
  input: 174,
  kvm: 302,
  render: 303,
  sgx: 304,
  shadow: 318,
  nixbld: 30000,
  nogroup: 65534,
};

/** The users that NixOS always has. */
export const USUAL_USERS: Readonly<Record<string, UserOptions>> = {
  root: {
    uid: 0,
    description: "System administrator",
    home: "/root",
    group: "root",
    useDefaultShell: true,
  },
  nobody: {
    uid: 65534,
    isSystemUser: true,
    description: "Unprivileged account (don't use!)",
    group: "nogroup",
  },
};

/** The home of users that have none. */
export const NO_HOME = "/var/empty";

/** A user with what NixOS adds to its options; what is `undefined` nobody says. */
export interface CompleteUser extends UserOptions {
  readonly isSystem: boolean;
}

/**
 * Completes the options of a user by what its kind means.
 * @param isThere tells that a base has it: what nobody says stays as it is there.
 */
export function completeUserOptions(
  { name, options }: AskedAccount<UserOptions>,
  isThere: boolean,
): CompleteUser {
  const asked = { ...isThere ? {} : USUAL_USERS[name], ...dropNull(options) };
  const isSystem = asked.isSystemUser === true || (asked.uid ?? 1000) < 1000;
  if (!asked.isNormalUser || isThere) return { ...asked, isSystem };
  const hasRanges = (asked.subUidRanges ?? []).length + (asked.subGidRanges ?? []).length > 0;
  return {
    group: "users",
    createHome: true,
    home: `/home/${name}`,
    useDefaultShell: true,
    autoSubUidGidRange: !hasRanges,
    ...asked,
    isSystem: false,
  };
}

function dropNull(options: UserOptions): UserOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== null && value !== undefined),
  );
}

/** Lists NixOS's own users and groups, but those of the names that are given. */
export function listUsual(
  { users, groups }: { readonly users: ReadonlySet<string>; readonly groups: ReadonlySet<string> },
): {
  readonly users: AskedAccount<UserOptions>[];
  readonly groups: AskedAccount<GroupOptions>[];
} {
  const own = (name: string) => `NixOS's own ${name}`;
  return {
    users: Object.keys(USUAL_USERS).filter((name) => !users.has(name))
      .map((name) => ({ at: own(name), name, options: {} })),
    groups: Object.keys(USUAL_GROUPS).filter((name) => !groups.has(name))
      .map((name) => ({ at: own(name), name, options: { gid: USUAL_GROUPS[name]! } })),
  };
}
