/** The capabilities of Linux, as capabilities(7) names them. */

// In the order of their numbers, from 0, in linux/capability.h.
const NAMES =
  "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE " +
  "NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO " +
  "SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME " +
  "SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG " +
  "WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE";

/** Their names without `CAP_`, as Docker and Kubernetes write them. */
export const LINUX_CAPABILITIES: readonly string[] = NAMES.split(" ");

/** A capability's name in any case, with `CAP_` or without. */
export const CAPABILITY_NAME: RegExp = new RegExp(
  `^(?:CAP_)?(?:${LINUX_CAPABILITIES.join("|")})$`,
  "i",
);
