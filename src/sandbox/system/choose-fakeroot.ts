/** Chooses how the owners that a command sets are kept. */
import type { OnNotice } from "../../base/notices.ts";
import { type Fakeroot, findFakeroot } from "./fakeroot.ts";
import { hasGlibc } from "../place/machine.ts";
import { type FindEntry, followEntry } from "../tree/follow.ts";
import { explainOneId } from "./refusal.ts";
import type { RunWay } from "./way.ts";

/**
 * Chooses whether owners are kept by fakeroot: where a user has only one ID, and the program is one
 * that loads its library. Otherwise a change of owners fails, and a notice says why.
 */
export function chooseFakeroot(
  { kind, mapping, refused }: RunWay,
  program: Buffer | undefined,
  find: FindEntry,
  onNotice: OnNotice | undefined,
): Fakeroot | undefined {
  if (mapping.kind !== "one") return undefined;
  const canLoad = kind === "disk" && hasGlibc(program);
  const found = canLoad ? findFakeroot() : undefined;
  if (found !== undefined) {
    tellOfRust(find, onNotice);
    return found;
  }
  const why = canLoad
    ? "there is no fakeroot, which would keep them"
    : "fakeroot sees only programs that load glibc, and this one does not";
  onNotice?.({
    code: "FALLBACK",
    message: `the command cannot change owners: ${explainOneId(refused)}; ${why}`,
  });
  return undefined;
}

/** The place of uutils' coreutils, where a distribution has those: they pass fakeroot by. */
const RUST = /(?:^|\/)(?:cargo\/bin\/|uu-|uutils)/;

function tellOfRust(find: FindEntry, onNotice: OnNotice | undefined): void {
  const program = ["usr/bin/cp", "bin/cp"].map((path) => followEntry(find, path))
    .find((path) => RUST.test(path) && find(path) !== undefined);
  if (program === undefined) return;
  onNotice?.({
    code: "FALLBACK",
    message: `fakeroot does not see all that /${program} does, which is in Rust: what it copies ` +
      "may be root's; give this user subordinate IDs, or use GNU's coreutils",
  });
}
