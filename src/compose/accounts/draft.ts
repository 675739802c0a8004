/** Users and groups of an image in the making. */
import {
  type AskedAccounts,
  type KeptIds,
  NO_IDS,
  NOBODY_ASKED,
} from "../../services/accounts/mod.ts";

/** Keys with which somebody may log in by SSH. */
export interface AuthorizedKeys {
  /** The field that has them: `users.alice.openssh.authorizedKeys`. */
  readonly at: string;
  /** The user's name. */
  readonly name: string;
  readonly lines: readonly string[];
}

/** IDs that were given before, and the file that says so. */
export interface IdsFile {
  /** As the SPEC names it. */
  readonly name: string;
  /** Its absolute path. */
  readonly path: string;
  readonly kept: KeptIds;
}

/** All that features ask for. */
export interface AccountsDraft extends AskedAccounts {
  /** Tells that the image has files of users, be it those of NixOS's own. */
  readonly isAsked: boolean;
  /** A program of the image; one that it has, where nobody says which. */
  readonly defaultUserShell: string | undefined;
  readonly keys: readonly AuthorizedKeys[];
  readonly ids: IdsFile | undefined;
}

/** Nothing is asked for. */
export const NO_ACCOUNTS_DRAFT: AccountsDraft = {
  ...NOBODY_ASKED,
  isAsked: false,
  defaultUserShell: undefined,
  keys: [],
  ids: undefined,
};

/** Returns the IDs that were given before. */
export function keptIdsOf({ ids }: AccountsDraft): KeptIds {
  return ids?.kept ?? NO_IDS;
}
