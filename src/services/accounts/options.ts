/** Options of users and groups, in NixOS's words. */

/** As good as left out when `null`, as in Nix. */
export type Maybe<T> = T | null | undefined;

/** IDs of other users or groups that a user may use. */
export interface UidRange {
  readonly startUid: number;
  readonly count?: Maybe<number>;
}

/** The same of groups. */
export interface GidRange {
  readonly startGid: number;
  readonly count?: Maybe<number>;
}

/** A user that is asked for, as `users.users.<name>` of NixOS has it. */
export interface UserOptions {
  readonly enable?: Maybe<boolean>;
  readonly name?: Maybe<string>;
  readonly description?: Maybe<string>;
  readonly uid?: Maybe<number>;
  readonly isNormalUser?: Maybe<boolean>;
  readonly isSystemUser?: Maybe<boolean>;
  readonly group?: Maybe<string>;
  readonly extraGroups?: Maybe<readonly string[]>;
  readonly home?: Maybe<string>;
  /** Octal digits. */
  readonly homeMode?: Maybe<string>;
  readonly createHome?: Maybe<boolean>;
  readonly shell?: Maybe<string>;
  readonly useDefaultShell?: Maybe<boolean>;
  readonly hashedPassword?: Maybe<string>;
  readonly initialHashedPassword?: Maybe<string>;
  /** A day, as `2027-01-31`. */
  readonly expires?: Maybe<string>;
  readonly subUidRanges?: Maybe<readonly UidRange[]>;
  readonly subGidRanges?: Maybe<readonly GidRange[]>;
  readonly autoSubUidGidRange?: Maybe<boolean>;
}

/** A group that is asked for, as `users.groups.<name>` of NixOS has it. */
export interface GroupOptions {
  readonly name?: Maybe<string>;
  readonly gid?: Maybe<number>;
  readonly members?: Maybe<readonly string[]>;
}

/** Options, and the field that has them: `users.alice`. */
export interface AskedAccount<Options> {
  readonly at: string;
  readonly name: string;
  readonly options: Options;
}

/** Users and groups that are asked for, and the rules for all of them. */
export interface AskedAccounts {
  readonly users: readonly AskedAccount<UserOptions>[];
  readonly groups: readonly AskedAccount<GroupOptions>[];
  /** `false` takes away users and groups of a base that are not asked for. */
  readonly mutableUsers: boolean;
  readonly enforceIdUniqueness: boolean;
}

/** Nobody is asked for. */
export const NOBODY_ASKED: AskedAccounts = {
  users: [],
  groups: [],
  mutableUsers: true,
  enforceIdUniqueness: true,
};

/** Returns options with their name, which is the field's own where they say none. */
export function nameAccount<O extends { readonly name?: Maybe<string> }>(
  key: string,
  options: O,
  field: string,
): AskedAccount<O> {
  return { at: `${field}.${key}`, name: options.name ?? key, options };
}
