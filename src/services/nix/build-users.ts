/** Users who build for Nix, as NixOS has them. */
import type { AskedAccount, GroupOptions, UserOptions } from "../accounts/mod.ts";

/** Their group, and the ID of it, to which a user's number is added. */
export const BUILD_GROUP = "nixbld";
const FIRST = 30_000;

/** The number of them where nobody says. */
export const USUAL_BUILD_USERS = 32;

/** Lists build users: nixbld1 and so on, who are also members of their group. */
export function listBuildUsers(count: number): {
  readonly users: AskedAccount<UserOptions>[];
  readonly groups: AskedAccount<GroupOptions>[];
} {
  const at = "nix.nrBuildUsers";
  const users = Array.from({ length: count }, (_, i) => {
    const options: UserOptions = {
      uid: FIRST + i + 1,
      isSystemUser: true,
      description: `Nix build user ${i + 1}`,
      group: BUILD_GROUP,
      extraGroups: [BUILD_GROUP],
    };
    return { at, name: `${BUILD_GROUP}${i + 1}`, options };
  });
  return { users, groups: [] };
}
