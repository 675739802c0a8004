/** Chooses how the owners that a command sets are kept. */
import type { OnNotice } from "../base/notices.ts";
import { type Fakeroot, findFakeroot } from "./fakeroot.ts";
import { hasGlibc } from "./program.ts";
import type { RunWay } from "./way.ts";

/**
 * Chooses whether owners are kept by fakeroot: where a user has only one ID, and the program is one
 * that loads its library. Otherwise a change of owners fails, and a notice says why.
 */
export function chooseFakeroot(
  { kind, mapping }: RunWay,
  program: Buffer | undefined,
  onNotice: OnNotice | undefined,
): Fakeroot | undefined {
  if (mapping.kind !== "one") return undefined;
  const canLoad = kind === "disk" && hasGlibc(program);
  const found = canLoad ? findFakeroot() : undefined;
  if (found !== undefined) return found;
  const why = canLoad
    ? "there is no fakeroot, which would keep them"
    : "fakeroot sees only programs that load glibc, and this one does not";
  onNotice?.({
    code: "FALLBACK",
    message: `the command cannot change owners: this user has no subordinate IDs; ${why}`,
  });
  return undefined;
}
