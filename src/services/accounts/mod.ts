/**
 * Users and groups of an image, by NixOS's rules: plain values in, the lines of files out. Who wants
 * to know whether a user is there, and with which IDs, home and shell, resolves and looks it up.
 */
export {
  type Accounts,
  findGroupAccount,
  findUserAccount,
  type GroupAccount,
  listGroupsOf,
  NO_ACCOUNTS,
  type ShadowFields,
  type SubordinateRange,
  type UserAccount,
} from "./accounts.ts";
export { checkAsked, MAX_ID } from "./check.ts";
export { ACCOUNT_FILES, type AccountFiles, formatAccounts, parseAccounts } from "./files.ts";
export { type KeptIds, NO_IDS } from "./ids.ts";
export {
  type AskedAccount,
  type AskedAccounts,
  type GroupOptions,
  nameAccount,
  NOBODY_ASKED,
  type UserOptions,
} from "./options.ts";
export { type AccountContext, resolveAccounts, type ResolvedAccounts } from "./resolve.ts";
