/** What a verb of the command line is, and how one is run: parse, do, print. */
import { boolean } from "@oclif/core/flags";
import type { ArgInput, FlagInput } from "@oclif/core/interfaces";
import { parse } from "@oclif/core/parser";
import { during, isSystemError, NixociError } from "../../base/errors.ts";
import type { Notice } from "../../base/notices.ts";
import { oneLine } from "../../base/text.ts";
import { interrupted } from "./interrupt.ts";
import { usageError } from "./usage.ts";

/** Flags of every verb. */
export const globalFlags = {
  quiet: boolean({
    char: "q",
    summary: "Print nothing but the result",
    helpGroup: "GLOBAL",
  }),
  json: boolean({ summary: "Print the result as one JSON value", helpGroup: "GLOBAL" }),
  debug: boolean({
    summary: "On failure, print the chain of causes",
    helpGroup: "GLOBAL",
  }),
};

/** The values of {@link globalFlags}. */
export type GlobalFlags = { quiet?: boolean; json?: boolean; debug?: boolean };

type Values = Record<string, unknown>;

/** A verb: its words, in oclif's terms, and what it does. */
export interface Verb<Args extends Values, Flags extends Values> {
  readonly summary: string;
  readonly description?: string;
  readonly examples?: readonly string[];
  readonly args: ArgInput<Args>;
  readonly flags?: FlagInput<Flags>;
  /** What it does, to what, for the message when it cannot: `copy a to b`. */
  doing?(args: Args): string;
  /** @returns the exit status, where a result is also a status: `diff` that finds a difference. */
  run(args: Args, flags: Flags & GlobalFlags, io: Io): Promise<void | 1>;
}

/** How a verb speaks, and learns that it shall stop. */
export interface Io {
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
  /** Prints the result: the value itself with `--json`, else lines for people. */
  print(value: unknown, lines: () => Iterable<string>): void;
  /** Writes to stdout as it is. */
  write(output: string | Uint8Array): void;
  /** Tells people something on stderr, unless they want quiet. */
  notice(notice: string | Notice): void;
}

/** A verb that has oclif's help beside the flags of its own also the global ones. */
export function verb<Args extends Values, Flags extends Values>(
  shape: Verb<Args, Flags>,
): Verb<Args, Flags> & { readonly baseFlags: typeof globalFlags } {
  return { ...shape, baseFlags: globalFlags };
}

/**
 * Runs a verb on its words.
 * @throws NixociError `USAGE` for words that are not the verb's, and whatever the verb throws.
 */
export async function execute<Args extends Values, Flags extends Values>(
  name: string,
  verb: Verb<Args, Flags>,
  argv: readonly string[],
): Promise<void | 1> {
  const flags = { ...globalFlags, ...verb.flags };
  const shape = { id: name, args: verb.args, flags };
  const words = spellBooleans(argv, flags);
  const parsed = await parse(words, { args: verb.args, flags }).catch((error) => {
    throw usageError(error, shape);
  });
  const args = parsed.args as Args;
  try {
    return await verb.run(args, parsed.flags as Flags & GlobalFlags, ioFor(parsed.flags));
  } catch (error) {
    // Wrong words are clear by themselves, and so is what already says what could not be done.
    const isBare = error instanceof NixociError && error.code !== "USAGE" &&
      !error.message.startsWith("Cannot ");
    throw isBare && verb.doing ? during(error, `Cannot ${verb.doing(args)}`) : error;
  }
}

// A write for every line would be a system call for every file of `ls`.
const WRITE_SIZE = 64 * 1024;

function ioFor({ json, quiet }: GlobalFlags): Io {
  const write = (output: string | Uint8Array): void => {
    try {
      process.stdout.write(output);
    } catch (error) { // Deno throws what Node emits
      if (isBrokenPipe(error)) process.exit(0);
      throw during(error, "Cannot write to standard output");
    }
  };
  return {
    signal: interrupted,
    write,
    print(value, lines) {
      if (json) return write(JSON.stringify(value, null, 2) + "\n");
      let text = "";
      for (const line of lines()) {
        text += oneLine(line) + "\n";
        if (text.length < WRITE_SIZE) continue;
        write(text);
        text = "";
      }
      write(text);
    },
    notice(notice) {
      const message = typeof notice === "string" ? notice : notice.message;
      if (!quiet) process.stderr.write(`nixoci: ${oneLine(message)}\n`);
    },
  };
}

/** Whoever read our output wants no more of it. */
export function isBrokenPipe(error: unknown): boolean {
  return isSystemError(error, "EPIPE");
}

/**
 * Flags in the spelling that oclif knows: `--tls-verify=false` (as skopeo, podman and Go's flags
 * have it) becomes `--no-tls-verify`.
 */
function spellBooleans(
  argv: readonly string[],
  flags: Readonly<Record<string, { readonly type: string; readonly allowNo?: boolean }>>,
): string[] {
  const end = argv.indexOf("--");
  return argv.flatMap((word, i) => {
    const match = /^--([\w-]+)=(true|false)$/.exec(word);
    if (match === null || (end !== -1 && i > end)) return [word];
    const [, name, value] = match;
    if (flags[name!]?.type !== "boolean") return [word];
    return value === "true" ? [`--${name}`] : flags[name!]!.allowNo ? [`--no-${name}`] : [];
  });
}
