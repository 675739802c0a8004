/** Signals: the first one asks the work to stop and clean up, what follows ends the process. */

/** The time that the work may take to clean up after an interrupt, in milliseconds. */
const GRACE = 800;
/** Ctrl-C may reach us twice: from the terminal, and from a launcher that passes it on. */
const SAME = 100;

const STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const controller = new AbortController();
let status: number | undefined;

/** Aborted by the first SIGINT, SIGTERM or SIGHUP: what every command gives to what it calls. */
export const interrupted: AbortSignal = controller.signal;

/** The exit status that the signal asks for, once there was one. */
export function getInterruptStatus(): number | undefined {
  return status;
}

/** Begins to listen. */
export function listenForSignals(): void {
  let first = 0;
  for (const signal of Object.keys(STATUS) as (keyof typeof STATUS)[]) {
    process.on(signal, () => {
      const now = Date.now();
      if (status !== undefined) {
        if (now - first > SAME) process.exit(STATUS[signal]);
        return;
      }
      first = now;
      status = STATUS[signal];
      controller.abort();
      setTimeout(() => process.exit(status), GRACE);
    });
  }
}
