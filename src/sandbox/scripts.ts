/**
 * The scripts that make the place in which a command runs. Node has no calls for mounts and
 * namespaces: programs of util-linux and GNU tar do what is to be done.
 */
import { dirname } from "node:path";
import { quoteWord } from "../nix/derivation/attributes/structured.ts";
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

/** The powers of root in a command: those that Docker gives, so that no mount can be taken off. */
const CAPABILITIES = [
  ..."chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service".split(" "),
  ..."net_raw sys_chroot mknod audit_write setfcap".split(" "),
];

/**
 * Runs in the namespaces of the command, in the folder that has `merged`. Its words: what is to be
 * mounted besides, `--`, and those of the command. The root is moved over the old one, which then
 * nothing leads to, and which nobody can uncover without the right to mount.
 */
const INNER = `
set -eu
cd merged
mkdir -p dev proc sys
mount -n -t tmpfs -o mode=755,size=16m nixoci dev
for name in null zero full random urandom tty; do
  : > dev/$name
  mount -n --bind /dev/$name dev/$name
done
mkdir dev/pts dev/shm
mount -n -t devpts -o newinstance,ptmxmode=0666,mode=0620 nixoci dev/pts
mount -n -t tmpfs -o mode=1777,nosuid,nodev,size=64m nixoci dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr
if [ -e ../script ]; then cat ../script > dev/nixoci-script; fi
sealed=
while [ "$1" != -- ]; do
  case $1 in
  share) mount -n --rbind "$2" "./$3"; mount -n -o remount,bind,ro "./$3"; shift 3 ;;
  room) mount -n -t tmpfs -o "mode=$3" nixoci "./$2"; shift 3 ;;
  lent) mount -n --bind "../$2" "./$3"; shift 3 ;;
  folder) mkdir -p "./$2"; shift 2 ;;
  limits) limits=$2; shift 2 ;;
  groups) groups=$2; shift 2 ;;
  group) echo 0 > "$2"; shift 2 ;;
  sealed) sealed=1; shift ;;
  esac
done
shift
mount -n -t proc nixoci proc 2>/dev/null || mount -n --rbind /proc proc
for name in sys irq bus fs; do
  [ ! -d proc/$name ] || { mount -n --bind proc/$name proc/$name
    mount -n -o remount,bind,ro proc/$name; }
done
for name in sysrq-trigger kcore keys timer_list; do
  [ ! -e proc/$name ] || mount -n --bind dev/null proc/$name
done
mount -n -t sysfs -o ro nixoci sys 2>/dev/null || {
  mount -n --rbind /sys sys; mount -n -o remount,bind,ro sys; } 2>/dev/null || true
ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || busybox ifconfig lo up 2>/dev/null ||
  true
hostname nixoci 2>/dev/null || true
[ -z "$sealed" ] || mount -n -o remount,bind,ro .
mount -n --move . /
echo running >&5
exec 2>&1 5>&- 6>&- 7<&-
exec prlimit $limits setpriv $groups --bounding-set=-all,${
  CAPABILITIES.map((one) => `+${one}`).join()
} --inh-caps=-all \\
  env -i "$@"
`;

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
  /** Flags of `unshare` for the command. */
  readonly namespaces: readonly string[];
  /** The words of the inner script. */
  readonly words: readonly string[];
}

/**
 * Makes the script that runs a command and writes what it changed to descriptor 6. It reports
 * `ready` for the archive, `running` when the command begins, `full` when it has written too much,
 * and `status N FREE` when it has ended, with the bytes that are free.
 *
 * What mounts need to be there is below the tree or beside it, never in the folder that is written.
 */
export function formatRun(place: RunPlace): string {
  const { overlay, lower, at, points, files, mode, owner, isBegun, namespaces, words } = place;
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
status=0
${formatSizeWatch("rw/upper", place.mostBytes)}
unshare ${namespaces.join(" ")} -- sh -c ${quoteWord(INNER)} sh ${
    words.map(quoteWord).join(" ")
  } || status=$?
${END_SIZE_WATCH}
${REPORT_STATUS} rw/upper
if [ $status = 0 ]; then ${PACK} rw/upper .; fi
}
main </dev/null
`;
}
