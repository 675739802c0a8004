/** Users that an image would have made, on a machine that lacks them. */
import type { OnNotice } from "../../base/notices.ts";
import { findUserAccount, parseAccounts } from "../../services/accounts/mod.ts";
import type { Service } from "../../services/service.ts";
import { addDynamicUsers, type UserFiles } from "./dynamic-users.ts";

/** Gives services whose users an image would make (DynamicUser) numbers that are nobody's here. */
export function replaceUsers(
  services: readonly Service[],
  files: UserFiles,
  onNotice: OnNotice | undefined,
): Service[] {
  const here = parseAccounts(files);
  const then = parseAccounts(addDynamicUsers(files, services));
  return services.map((service) => {
    const { origin, user, group, extraGroups = [], makesUser } = service;
    if (!makesUser || user === undefined || findUserAccount(here, user)) return service;
    const { uid } = findUserAccount(then, user)!;
    const message = `${origin}: DynamicUser: this machine has no user ${user}: it runs as number ` +
      `${uid} where root runs the init, and else as who does`;
    onNotice?.({ code: "SERVICE", message });
    const { group: _, ...rest } = service;
    return {
      ...rest,
      user: String(uid),
      // A group of its own has its number.
      ...(group !== undefined && group !== user && { group }),
      extraGroups: extraGroups.filter((one) => one !== user),
    };
  });
}
