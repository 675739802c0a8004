/** Proves that services' users can reach what is written for them on this machine. */
import { type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { NixociError } from "../../base/errors.ts";
import { type Accounts, findUserAccount, listGroupsOf } from "../../services/accounts/mod.ts";
import type { Service } from "../../services/service.ts";

/**
 * Proves that the users of services can enter the folders above one in which their scripts will be.
 * @throws NixociError `REFUSED`, with the user and the folder that it cannot enter.
 */
export function checkReach(
  services: readonly Service[],
  folder: string,
  accounts: Accounts,
): void {
  const self = process.getuid?.() ?? 0;
  for (const { origin, user, script, makesUser } of services) {
    if (script === undefined || user === undefined || makesUser && self !== 0) continue;
    const account = findUserAccount(accounts, user);
    const uid = account?.uid ?? Number(user);
    if (uid === 0) continue;
    const gids = account === undefined ? [uid] : [
      account.gid,
      ...listGroupsOf(accounts, account).map(({ gid }) => gid),
    ];
    const closed = listAbove(folder).find((one) => !canEnter(one, uid, gids));
    if (closed === undefined) continue;
    const message = `${origin}.script: its user ${user} cannot enter ${closed}, and so not run a ` +
      `script in ${folder}`;
    throw new NixociError("REFUSED", message, {
      hint: `write the init below a folder that all can enter, as /opt, or chmod a+x ${closed}`,
    });
  }
}

function listAbove(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [] : [...listAbove(above), above];
}

function canEnter(folder: string, uid: number, gids: readonly number[]): boolean {
  const facts = statSync(folder, { throwIfNoEntry: false });
  // What is not there yet is made for all.
  return facts === undefined || (facts.mode & selectBit(facts, uid, gids)) !== 0;
}

/** Returns the bit that decides: the kernel asks one class only. */
function selectBit({ uid: owner, gid }: Stats, uid: number, gids: readonly number[]): number {
  return owner === uid ? 0o100 : gids.includes(gid) ? 0o010 : 0o001;
}
