/**
 * The scripts that make the place in which a command runs. Node has no calls for mounts and
 * namespaces: programs of util-linux and GNU tar do what is to be done.
 */
import { dirname } from "node:path";
import { quoteWord } from "../../nix/derivation/attributes/structured.ts";
import { type Fakeroot, formatFakerootEnd, formatFakerootStart } from "../system/fakeroot.ts";
import { END_STATIC_REFUSAL, formatStaticRefusal } from "./static-programs.ts";
import { END_SIZE_WATCH, formatSizeWatch } from "./size-watch.ts";

/** Makes a script that runs one program. */
export function formatCommand(...words: readonly string[]): string {
  return `exec ${words.map(quoteWord).join(" ")}`;
}

/** Reads an archive from descriptor 7 into a folder, with all attributes. */
export const UNPACK =
  "tar --extract --file=- --same-owner --numeric-owner --preserve-permissions " +
  "--xattrs '--xattrs-include=*' --absolute-names --overwrite-dir --warning=no-timestamp <&7 -C";

/** Writes a folder as an archive to descriptor 6, sorted, with all attributes. */
export const PACK = "tar --create --file=- --format=posix --sort=name --numeric-owner " +
  "--xattrs '--xattrs-include=*' --warning=no-file-ignored >&6 -C";

/**
 * Lays a writable folder over others, at `$3`. Folders that are moved are copied (`redirect_dir`),
 * and files whose mode is changed, too (`metacopy`): a layer has no word for less. What is written
 * need not outlive a crash (`volatile`). Older kernels know fewer options.
 */
const LAY = `
lay() {
  for more in ,redirect_dir=nofollow,metacopy=off,index=off,volatile ''; do
    if mount -n -t overlay overlay \\
      -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work,userxattr$more" "$3" 2>>errors
    then return; fi
  done
  return 1
}
`;

/** Finds out where the writable folder of an overlay can be; reports `disk`, `memory` or `none`. */
export const PROBE = `
set -eu
mkdir probe; cd probe
mkdir lower rw merged memory
mkdir rw/upper rw/work
${LAY}
mount -n -t tmpfs -o mode=700 nixoci memory
mkdir memory/upper memory/work
if lay rw lower merged; then echo disk >&5
elif lay memory lower merged; then echo memory >&5
else echo none >&5
fi
`;

/** Reports how the command has ended, and how many bytes are free on the disk of a folder. */
export const REPORT_STATUS = `report_status() {
  set -- $(stat -f -c '%a %S' "$1"); echo "status $status $(($1 * $2))" >&5
}
report_status`;

/** The place in which a command runs. */
export interface RunPlace {
  /** The place of the writable folder: on the disk, or in memory. */
  readonly overlay: "disk" | "memory";
  /** The folder below it, as a relative path; none for an empty tree. */
  readonly lower: string | undefined;
  /** The folder in `merged` that the tree is in, without slashes around it; empty for the root. */
  readonly at: string;
  /** Folders that have to be there for mounts, without slashes around them. */
  readonly points: readonly string[];
  /** Files that have to be there for mounts, without slashes before them. */
  readonly files: readonly string[];
  /** The mode and the owner of the tree's root: `755`, `0:0`. */
  readonly mode: string;
  readonly owner: string;
  /** An archive comes from descriptor 7, to be put into the tree first. */
  readonly isBegun: boolean;
  /** The most bytes that the command may write. */
  readonly mostBytes: number | undefined;
  /** Keeps the owners that the command sets. */
  readonly fakeroot: Fakeroot | undefined;
  /** Flags of `unshare` for the command. */
  readonly namespaces: readonly string[];
}

/**
 * Makes the script that runs a command and writes what it changed to descriptor 6. It reports
 * `ready` for the archive, `running` when the command begins, `full` when it has written too much,
 * and `status N FREE` when it has ended, with the bytes that are free.
 *
 * What mounts need to be there is below the tree or beside it, never in the folder that is written.
 */
export function formatRun(place: RunPlace): string {
  const { overlay, lower, at, points, files, mode, owner, isBegun, namespaces } = place;
  const target = at === "" ? "merged" : `merged/${at}`;
  const below = at === "" ? "points" : "merged";
  const folders = [...points, ...files.map((file) => dirname(file))]
    .map((point) => quoteWord(`${below}/${point}`));
  const lowers = [...lower === undefined ? [] : [lower], "points"].join(":");
  return `
main() {
set -eu
umask 022
${LAY}
mkdir merged points rw
${at === "" ? "" : `mount -n -t tmpfs -o mode=755 nixoci merged; mkdir -p ${quoteWord(target)}`}
${folders.length === 0 ? "" : `mkdir -p ${folders.join(" ")}`}
${files.map((file) => `: > ${quoteWord(`${below}/${file}`)}`).join("\n")}
${overlay === "memory" ? "mount -n -t tmpfs -o mode=700 nixoci rw" : ""}
mkdir rw/upper rw/work
chmod ${mode} rw/upper; chown ${owner} rw/upper
${isBegun ? `echo ready >&5; ${UNPACK} rw/upper` : ""}
exec 7<&-
lay rw ${quoteWord(lowers)} ${quoteWord(target)} || { cat errors >&2; exit 1; }
${
    place.fakeroot === undefined
      ? ""
      : `${formatFakerootStart(place.fakeroot)}\n${formatStaticRefusal()}`
  }
status=0
${formatSizeWatch("rw/upper", place.mostBytes)}
unshare ${namespaces.join(" ")} -- sh inner || status=$?
${END_SIZE_WATCH}
${
    place.fakeroot === undefined
      ? ""
      : `${END_STATIC_REFUSAL}\n${formatFakerootEnd(quoteWord(target))}`
  }
${REPORT_STATUS} rw/upper
if [ $status = 0 ]; then ${PACK} rw/upper .; fi
}
main </dev/null
`;
}
