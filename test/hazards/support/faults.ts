/** Faults of system calls, which strace makes up. */

/** One that the system may answer a call with, or a signal that comes in it. */
export interface CallFault {
  /** System calls that do the same, as strace names them. */
  readonly calls: readonly string[];
  /** Names of errors, or of signals. */
  readonly with: readonly string[];
}

/** What may go wrong where. */
export const CALL_FAULTS: readonly CallFault[] = [
  { calls: ["openat"], with: ["EMFILE", "ENFILE", "EIO", "ENOSPC", "SIGKILL"] },
  { calls: ["read", "pread64"], with: ["EIO", "EINTR"] },
  { calls: ["write", "pwrite64", "writev"], with: ["ENOSPC", "EDQUOT", "EIO", "EINTR", "SIGKILL"] },
  { calls: ["fsync", "fdatasync"], with: ["EIO", "ENOSPC", "SIGKILL"] },
  { calls: ["rename"], with: ["EIO", "ENOSPC", "EACCES", "SIGKILL"] },
  { calls: ["mkdir"], with: ["ENOSPC", "EACCES", "EMLINK", "SIGKILL"] },
  { calls: ["unlink", "rmdir"], with: ["EIO", "EACCES", "SIGKILL"] },
  { calls: ["link", "symlink"], with: ["ENOSPC", "EPERM", "SIGKILL"] },
  { calls: ["close"], with: ["EIO"] },
  { calls: ["ftruncate", "fallocate"], with: ["ENOSPC", "EIO"] },
  { calls: ["statx", "fstat", "newfstatat", "getdents64"], with: ["EIO", "ENOMEM"] },
  { calls: ["fchmod", "chmod", "utimensat", "fchown", "chown"], with: ["EPERM", "EIO"] },
  { calls: ["socket"], with: ["EMFILE"] },
  { calls: ["connect"], with: ["ENETUNREACH", "EACCES"] },
];

/** The names of all these calls. */
export const CALLS: readonly string[] = CALL_FAULTS.flatMap(({ calls }) => calls);
