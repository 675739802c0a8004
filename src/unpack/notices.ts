/** Says in words what was left out. */
import type { LeftOut } from "./attributes.ts";

/** The reasons for which something can be left out. */
export interface Circumstances {
  readonly left: Readonly<LeftOut>;
  readonly powers: { readonly owners: boolean; readonly special: boolean };
  readonly tar: boolean;
}

/** Returns a line for each reason for which something was left out. */
export function noticesOf({ left, powers, tar }: Circumstances): string[] {
  const needs = tar ? "root" : "GNU tar";
  const special = [
    ...countNouns(left.devices, "device"),
    ...countNouns(left.setIds, "set-user-ID or set-group-ID bit"),
    ...countNouns(left.capabilities, "file with capabilities", "files with capabilities"),
  ];
  const others = [
    ...countNouns(left.fifos, "FIFO"),
    ...countNouns(left.xattrs, "extended attribute"),
  ];
  const missing = tar && powers.owners ? "the file system has no room for them" : `takes ${needs}`;
  return [
    ...lineOf(special, powers.special ? `takes ${needs}` : "--special keeps such"),
    ...lineOf(others, missing),
  ];
}

function lineOf(things: readonly string[], why: string): string[] {
  return things.length === 0 ? [] : [`left out ${things.join(", ")} (${why})`];
}

function countNouns(number: number, noun: string, nouns = `${noun}s`): string[] {
  return number === 0 ? [] : [`${number} ${number === 1 ? noun : nouns}`];
}
