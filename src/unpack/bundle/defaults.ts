/**
 * The settings of containers that no image has: those of `runc spec`, with Docker's capabilities.
 */

/** A mount of the runtime specification. */
export interface Mount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options?: readonly string[];
}

const SHUT = ["nosuid", "noexec", "nodev"];

/**
 * Creates the mounts that every container has.
 * @param rootless without root there is no group of
 * terminals, and no /sys of the container's own.
 */
export function createDefaultMounts(rootless: boolean): Mount[] {
  const terminals = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"];
  return [
    { destination: "/proc", type: "proc", source: "proc" },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: rootless ? terminals : [...terminals, "gid=5"],
    },
    {
      destination: "/dev/shm",
      type: "tmpfs",
      source: "shm",
      options: [...SHUT, "mode=1777", "size=65536k"],
    },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: SHUT },
    rootless
      ? { destination: "/sys", type: "none", source: "/sys", options: ["rbind", ...SHUT, "ro"] }
      : { destination: "/sys", type: "sysfs", source: "sysfs", options: [...SHUT, "ro"] },
    {
      destination: "/sys/fs/cgroup",
      type: "cgroup",
      source: "cgroup",
      options: [...SHUT, "relatime", "ro"],
    },
  ];
}

/**
 * Creates the mount of a volume: memory that is gone with the container, unless the user mounts
 * something else.
 */
export function createVolumeMount(destination: string): Mount {
  return { destination, type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev"] };
}

/** Capabilities that root of a container has under Docker. */
export const CAPABILITIES: readonly string[] = [
  "CAP_AUDIT_WRITE",
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_MKNOD",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_RAW",
  "CAP_SETFCAP",
  "CAP_SETGID",
  "CAP_SETPCAP",
  "CAP_SETUID",
  "CAP_SYS_CHROOT",
];

/** Kernel files that show the host, or reach it. */
export const MASKED_PATHS: readonly string[] = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
];

export const READONLY_PATHS: readonly string[] = [
  "/proc/bus",
  "/proc/fs",
  "/proc/irq",
  "/proc/sys",
  "/proc/sysrq-trigger",
];

/** The search path for programs, if the image has none. */
export const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
