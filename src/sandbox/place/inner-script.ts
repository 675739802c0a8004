/** The script that runs in the namespaces of a command, before it. */
import { quoteWord } from "../../nix/derivation/attributes/structured.ts";

/** The powers of root in a command: those that Docker gives, so that no mount can be taken off. */
const CAPABILITIES = [
  ..."chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service".split(" "),
  ..."net_raw sys_chroot mknod audit_write setfcap".split(" "),
];

/** The report of a command that begins. */
export const BEGUN = "running";

/** The same where `/proc` is not its own: a container that hides parts of it allows no other. */
export const BEGUN_OTHERS = "running among others";

/**
 * Runs in the namespaces of the command, in the folder that has `merged`. Its words: what is to be
 * mounted besides, `--`, and those of the command. The root is moved over the old one, which then
 * nothing leads to, and which nobody can uncover without the right to mount. It stays the first
 * process, for the kernel lets that one not kill itself; nobody without its powers can look into it.
 */
const INNER = `
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
sealed=; fake=; begun=${BEGUN}
while [ "$1" != -- ]; do
  case $1 in
  share) mount -n --rbind "$2" "./$3"; mount -n -o remount,bind,ro "./$3"; shift 3 ;;
  room) mount -n -t tmpfs -o "mode=$3" nixoci "./$2"; shift 3 ;;
  lent) mount -n --bind "../$2" "./$3"; shift 3 ;;
  folder) mkdir -p "./$2"; shift 2 ;;
  limits) limits=$2; shift 2 ;;
  groups) groups=$2; shift 2 ;;
  fakeroot) cat "$2" > dev/nixoci-fakeroot.so; eval "$3"; mount -n --rbind dev /dev
    fake="LD_PRELOAD=/dev/nixoci-fakeroot.so FAKEROOTKEY=$FAKEROOTKEY FAKED_MODE=unknown-is-root"
    fake="$fake FAKEROOTDONTTRYCHOWN=1"; shift 3 ;;
  group) echo 0 > "$2"; shift 2 ;;
  sealed) sealed=1; shift ;;
  esac
done
shift
mount -n -t proc nixoci proc 2>/dev/null || { mount -n --rbind /proc proc; begun=${
  JSON.stringify(BEGUN_OTHERS)
}; }
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
echo "$begun" >&5
exec 2>&1 5>&- 6>&- 7<&-
prlimit $limits setpriv $groups --bounding-set=-all,${
  CAPABILITIES.map((one) => `+${one}`).join()
} --inh-caps=-all \\
  env -i $fake "$@"
exit
`;

/**
 * Makes the script of the command's place. Its words are in a file, `inner`: those of the first process
 * can be read by all others.
 */
export function formatInner(words: readonly string[]): string {
  return `set -eu\nset -- ${words.map(quoteWord).join(" ")}\n${INNER}`;
}
