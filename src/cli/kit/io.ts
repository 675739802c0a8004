/** Input and output of a verb: results, notices, signals, and the flags that say how places are reached. */
import { isSystemError, wrapError } from "../../base/errors.ts";
import type { Notice } from "../../base/notices.ts";
import { toOneLine } from "../../base/text.ts";
import { formatNoticeLine } from "./held-notices.ts";
import { interrupted } from "./interrupt.ts";
import type { SideValues } from "./sides.ts";

/** The way in which a verb speaks, reaches places, and learns that it is to stop. */
export interface Io {
  /** The values of the flags that say how places are reached. */
  readonly access: SideValues;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
  /**
   * Prints the result: the value itself with `--json`, else lines for people. Where standard output
   * is an archive, lines are left out, and the value becomes the last line of standard error.
   */
  print(value: unknown, lines: () => Iterable<string>): void;
  /** Writes to stdout as it is. */
  write(output: string | Uint8Array): void;
  /**
   * Takes standard output over, for an archive: until all of it is written it is not, so that a
   * reader who goes away is a failure that the verb reports.
   */
  claimOutput(): void;
  /** Tells people something on stderr, unless they want quiet. */
  notice(notice: string | Notice): void;
}

/** The owner of standard output: a verb that writes an archive there, or the command line. */
export interface OutputOwner {
  isVerb: boolean;
}

// A write for every line would be a system call for every file of `ls`.
const WRITE_SIZE = 64 * 1024;

/** Makes it for the process, as the global flags say. */
export function createIo(
  { json, quiet }: { readonly json?: boolean; readonly quiet?: boolean },
  access: SideValues,
  owner: OutputOwner,
): Io {
  const write = (output: string | Uint8Array): void => {
    try {
      process.stdout.write(output);
    } catch (error) { // Deno throws what Node emits
      if (isBrokenPipe(error)) process.exit(0);
      throw wrapError(error, "Cannot write to standard output");
    }
  };
  return {
    access,
    signal: interrupted,
    write,
    claimOutput() {
      owner.isVerb = true;
    },
    print(value, lines) {
      if (owner.isVerb) {
        if (json) process.stderr.write(JSON.stringify(value) + "\n");
        return;
      }
      if (json) return write(JSON.stringify(value, null, 2) + "\n");
      let text = "";
      for (const line of lines()) {
        text += toOneLine(line) + "\n";
        if (text.length < WRITE_SIZE) continue;
        write(text);
        text = "";
      }
      write(text);
    },
    notice(notice) {
      const message = typeof notice === "string" ? notice : notice.message;
      if (!quiet) process.stderr.write(formatNoticeLine(message) + "\n");
    },
  };
}

/** Tells whether the reader of our output has gone away. */
export function isBrokenPipe(error: unknown): boolean {
  return isSystemError(error, "EPIPE");
}
