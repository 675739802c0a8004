/** Users that services want and nobody has made: systemd's DynamicUser. */
import type { MadeEntry } from "../../recipe/mod.ts";
import { findGroupAccount, findUserAccount, parseAccounts } from "../../services/accounts/mod.ts";
import type { Service } from "../../services/service.ts";

/** Files of users and groups, as texts. */
export interface UserFiles {
  readonly passwd: string;
  readonly group: string;
}

/** The first of the IDs that systemd gives to such users. */
const FIRST_ID = 61_184;

/**
 * Adds the users that services want; who is there already stays as it is.
 * @returns the files, and the entries of those that changed.
 */
export function addDynamicUsers(
  files: UserFiles,
  services: readonly Service[],
): UserFiles & { readonly made: readonly MadeEntry[] } {
  let { passwd, group } = files;
  for (const { user, makesUser } of services) {
    if (!makesUser || user === undefined) continue;
    const accounts = parseAccounts({ passwd, group });
    if (findUserAccount(accounts, user)) continue;
    const taken = new Set([
      ...accounts.users.map(({ uid }) => uid),
      ...accounts.groups.map(({ gid }) => gid),
    ]);
    let id = FIRST_ID;
    while (taken.has(id)) id++;
    const own = findGroupAccount(accounts, user);
    if (own === undefined) group = addLine(group, `${user}:x:${id}:`);
    passwd = addLine(passwd, `${user}:x:${id}:${own?.gid ?? id}::/:/usr/sbin/nologin`);
  }
  const made = (["passwd", "group"] as const).flatMap((name): MadeEntry[] => {
    const content = { passwd, group }[name];
    return content === files[name] ? [] : [{ type: "file", path: `/etc/${name}`, content }];
  });
  return { passwd, group, made };
}

function addLine(text: string, line: string): string {
  return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`;
}
