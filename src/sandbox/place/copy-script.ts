/**
 * The script that runs a command on a copy of a tree, where no overlay can be mounted: in
 * bubblewrap, which mounts what a command needs, or by chroot alone, where root may not mount.
 */
import { dirname } from "node:path";
import { quoteWord } from "../../nix/derivation/attributes/structured.ts";
import { END_ALL } from "../system/end-all.ts";
import type { LentFile } from "./network-files.ts";
import { PACK, REPORT_STATUS, UNPACK } from "./scripts.ts";
import { END_SIZE_WATCH, formatSizeWatch } from "./size-watch.ts";

/** The copy, and what runs on it. */
export interface CopyPlace {
  /** The folder to copy, as a relative path; none for an empty tree. */
  readonly lower: string | undefined;
  readonly mode: string;
  readonly owner: string;
  readonly isBegun: boolean;
  /** Owners can be set. */
  readonly isRoot: boolean;
  /** Folders that are not there, parents first: made for the command, and removed afterwards. */
  readonly points: readonly string[];
  /** Folders of the command alone, whose content goes, too. */
  readonly rooms: readonly string[];
  /** Files of the command alone. */
  readonly lent: readonly LentFile[];
  /** Files and folders of this machine that are copied for the command alone. */
  readonly copies: readonly { readonly from: string; readonly at: string }[];
  /** The most bytes that the command may write. */
  readonly mostBytes: number | undefined;
  /** The words that run the command; the folder of the copy is `copy`. */
  readonly words: readonly string[];
  /** Makes devices in the copy, for nothing is mounted there. */
  readonly makesDevices: boolean;
  /** The folder of the tree, from the run's: `copy`, or one below it. */
  readonly tree: string;
  /** The file by which the command joins its group of processes. */
  readonly group: string | undefined;
}

const DEVICES = "null:3 zero:5 full:7 random:8 urandom:9";

/**
 * Makes the script; it reports as the one on an overlay does. All of the copy comes back: times do
 * not show what was moved.
 */
export function formatCopyRun(place: CopyPlace): string {
  const { lower, mode, owner, isBegun, isRoot, points, rooms, lent, words, makesDevices } = place;
  const { group, copies } = place;
  const holders = new Set(copies.map(({ at }) => dirname(at)));
  const tree = quoteWord(place.tree);
  const inCopy = (paths: readonly string[]) =>
    paths.map((one) => quoteWord(`copy/${one}`)).join(" ");
  const lines = [
    "set -eu",
    "umask 022",
    CLEAR_OWN,
    BRING,
    place.tree === "copy" ? "" : `mkdir -p ${tree}; rmdir ${tree}`,
    lower === undefined ? `mkdir ${tree}` : `cp -a ${quoteWord(lower)} ${tree}`,
    `chmod ${mode} ${tree}`,
    ...isRoot ? [`chown ${owner} ${tree}`] : [],
    ...isBegun ? [`echo ready >&5; ${isRoot ? UNPACK : UNPACK_PLAIN} ${tree}`] : [],
    "exec 7<&-",
    ...points.length === 0 ? [] : [`mkdir -p ${inCopy(points)}`],
    ...copies.map(({ from, at }, n) => `bring ${quoteWord(from)} ${inCopy([at])} aside-${n}`),
    ...rooms.length === 0 ? [] : [`chmod 1777 ${inCopy(rooms)}`],
    ...lent.map(({ name, at }) => `cat ${name} > ${inCopy([at])}`),
    ...makesDevices ? [MAKE_DEVICES] : [],
    ": > begun",
    "echo running >&5",
    "status=0",
    formatSizeWatch("copy", place.mostBytes),
    `( ${group === undefined ? "" : `echo 0 > ${quoteWord(group)}; `}exec 2>&1 5>&- 6>&-; exec ${
      words.map(quoteWord).join(" ")
    } ) || status=$?`,
    ...makesDevices ? [END_ALL, REMOVE_DEVICES] : [],
    ...copies.map(({ at }) => `clear_own ${inCopy([at])} note_change`),
    ...copies.map(({ at }, n) => `clear_own ${inCopy([at])} "put_back aside-${n}"`).reverse(),
    ...rooms.map((one) => `clear_own ${inCopy([one])} "rm -rf"`),
    ...lent.map((one) => `clear_own ${inCopy([one.at])} ${one.isThere ? "empty" : '"rm -f"'}`),
    ...[...points].reverse().map((one) =>
      `clear_own ${inCopy([one])} ${holders.has(one) ? "note_left" : "rmdir"}`
    ),
    ...copies.length === 0 ? [] : [REFUSE_CHANGE],
    END_SIZE_WATCH,
    `${REPORT_STATUS} copy`,
    `if [ $status = 0 ]; then ${PACK} ${tree} .; fi`,
  ];
  return `main() {\n${lines.join("\n")}\n}\nmain </dev/null\n`;
}

/** The same as a user, who can give nothing away. */
export const UNPACK_PLAIN = UNPACK.replace("--same-owner", "--no-same-owner");

const MAKE_DEVICES = `
made=
for device in ${DEVICES}; do
  name=\${device%:*}
  [ -e "copy/dev/$name" ] || { mknod -m 666 "copy/dev/$name" c 1 "\${device#*:}"; made="$made $name"; }
done
if [ -e script ]; then cat script > copy/dev/nixoci-script; chmod 644 copy/dev/nixoci-script; fi`;

const REMOVE_DEVICES = `
for name in $made nixoci-script; do clear_own "copy/dev/$name" "rm -f"; done`;

/** Clears what is the command's alone, unless it has made a link of a folder above it. */
const CLEAR_OWN = `
empty() { [ -L "$2" ] || [ ! -f "$2" ] || : > "$2"; }
clear_own() {
  [ "$(readlink -f "\${1%/*}")" != "$PWD/\${1%/*}" ] || $2 -- "$1" 2>/dev/null || :
}`;

/** Brings a copy to a place, and afterwards what was there before: it is set aside meanwhile. */
const BRING = `
bring() { [ ! -e "$2" ] || mv -- "$2" "$3"; cp -a -- "$1" "$2"; }
changed=
note_change() {
  [ -n "$changed" ] || changed=$(find "$2" -cnewer begun -print -quit || echo "$2")
}
note_left() {
  rmdir -- "$2" 2>/dev/null || [ -n "$changed" ] || changed=$(find "$2" -mindepth 1 -print -quit)
}
put_back() { rm -rf -- "$3"; [ ! -e "$1" ] || mv -- "$1" "$3"; }`;

/** Fails where a copy was changed, for what was written would be lost: elsewhere it is read-only. */
const REFUSE_CHANGE = `
[ -z "$changed" ] || [ $status != 0 ] || {
  status=1; echo "nixoci: \${changed#copy} was written to, but is a read-only file system"; }`;
