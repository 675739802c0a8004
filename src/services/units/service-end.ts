/** Reads signals and exit statuses by name and number (systemd.exec(5), "Process exit codes"). */
import type { ServiceEnd } from "../service.ts";
import { splitNames } from "./directives/directive.ts";
import { InvalidValue } from "./words.ts";

/** Linux's signals from 1, on all of its architectures but MIPS, Alpha and SPARC. */
const SIGNALS = splitNames(
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT " +
    "CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS",
);

/** The names of statuses: those of LSB's init scripts, of sysexits.h, of systemd itself. */
const STATUSES: Readonly<Record<string, number>> = {
  ...nameFrom(
    0,
    "SUCCESS FAILURE INVALIDARGUMENT NOTIMPLEMENTED NOPERMISSION NOTINSTALLED NOTCONFIGURED " +
      "NOTRUNNING",
  ),
  ...nameFrom(
    64,
    "USAGE DATAERR NOINPUT NOUSER NOHOST UNAVAILABLE SOFTWARE OSERR OSFILE CANTCREAT IOERR " +
      "TEMPFAIL PROTOCOL NOPERM CONFIG",
  ),
  ...nameFrom(
    200,
    "CHDIR NICE FDS EXEC MEMORY LIMITS OOM_ADJUST SIGNAL_MASK STDIN STDOUT CHROOT IOPRIO " +
      "TIMERSLACK SECUREBITS SETSCHEDULER CPUAFFINITY GROUP USER CAPABILITIES CGROUP SETSID " +
      "CONFIRM STDERR",
  ),
  ...nameFrom(
    224,
    "PAM NETWORK NAMESPACE NO_NEW_PRIVILEGES SECCOMP SELINUX_CONTEXT PERSONALITY APPARMOR " +
      "ADDRESS_FAMILIES RUNTIME_DIRECTORY",
  ),
  ...nameFrom(
    235,
    "CHOWN SMACK_PROCESS_LABEL KEYRING STATE_DIRECTORY CACHE_DIRECTORY " +
      "LOGS_DIRECTORY CONFIGURATION_DIRECTORY NUMA_POLICY CREDENTIALS BPF",
  ),
  EXCEPTION: 255,
};

function nameFrom(first: number, names: string): Record<string, number> {
  return Object.fromEntries(names.split(" ").map((name, i) => [name, first + i]));
}

/** Reads a signal: `SIGTERM`, `TERM`, `15`, `SIGRTMIN+3`. @throws InvalidValue */
export function readSignal(value: string): string {
  const name = value.replace(/^SIG/, "");
  const number = /^\d+$/.test(value) ? Number(value) : 0;
  const found = SIGNALS.includes(name) ? name : SIGNALS[number - 1];
  if (found !== undefined) return `SIG${found}`;
  if (/^RTMIN(?:\+\d+)?$|^RTMAX(?:-\d+)?$/.test(name)) return `SIG${name}`;
  if (number >= 34 && number <= 64) return `SIGRTMIN+${number - 34}`;
  throw new InvalidValue(`${JSON.stringify(value)} is not a signal`);
}

/** Reads the end of a process: a status, its name, or a signal's name. @throws InvalidValue */
export function readServiceEnd(value: string): ServiceEnd {
  const status = STATUSES[value];
  if (status !== undefined) return status;
  if (/^\d{1,3}$/.test(value) && Number(value) < 256) return Number(value);
  try {
    if (!/^\d/.test(value)) return readSignal(value);
  } catch {
    // Told in other words: it may be meant as a status.
  }
  throw new InvalidValue(`${JSON.stringify(value)} is neither an exit status nor a signal`);
}
