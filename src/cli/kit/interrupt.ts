/** Signals: the first one asks the work to stop and clean up, what follows ends the process. */
import { existsSync } from "node:fs";

/** The time that the work may take to clean up after an interrupt, in milliseconds. */
const GRACE = 800;
/** Ctrl-C may reach us twice: from the terminal, and from a launcher that passes it on. */
const SAME = 100;

const STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const controller = new AbortController();
let status: number | undefined;
let grace = GRACE;

/** Aborted by the first SIGINT, SIGTERM or SIGHUP: what every command gives to what it calls. */
export const interrupted: AbortSignal = controller.signal;

/** The exit status that the signal asks for, once there was one. */
export function getInterruptStatus(): number | undefined {
  return status;
}

/** Gives the work so many milliseconds to clean up after an interrupt; a second one still ends it. */
export function setInterruptGrace(milliseconds: number): void {
  grace = milliseconds;
}

/** Begins to listen. */
export function listenForSignals(): void {
  let first = 0;
  for (const signal of Object.keys(STATUS) as (keyof typeof STATUS)[]) {
    process.on(signal, () => {
      const now = Date.now();
      if (status !== undefined) {
        if (now - first > SAME) stopProcess(STATUS[signal]);
        return;
      }
      first = now;
      status = STATUS[signal];
      controller.abort();
      setTimeout(() => stopProcess(STATUS[signal]), grace);
    });
  }
}

const SHELL = "/bin/sh";

/**
 * Stops the process. After an interrupt at once, too: Node's own exit waits for its threads, one of which
 * may be reading a pipe in which nothing comes, or asking a name server that does not answer. What
 * takes the process over has none.
 */
export function stopProcess(code: number): never {
  if (status !== undefined && process.execve !== undefined && existsSync(SHELL)) {
    process.emit("exit", code); // who has children ends them
    process.emitWarning = () => {}; // Node 22 says that this is experimental
    process.execve(SHELL, [SHELL, "-c", `exit ${code}`], {});
  }
  process.exit(code);
}
