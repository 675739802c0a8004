/** The verbs of the command line: declares one, and runs it: parse, do, print. */
import { boolean } from "@oclif/core/flags";
import type { FlagInput, OutputFlags } from "@oclif/core/interfaces";
import { parse } from "@oclif/core/parser";
import { during, isSystemError, NixociError } from "../../base/errors.ts";
import type { Notice } from "../../base/notices.ts";
import { oneLine } from "../../base/text.ts";
import type { WordArg } from "./args.ts";
import { interrupted } from "./interrupt.ts";
import { sideFlags, type SideValues, type VerbReach } from "./sides.ts";
import { toUsageError } from "./usage.ts";

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

// Of any words.
type WordValues = OutputFlags<FlagInput>;

/** A verb of any words. */
export type AnyVerb = Verb<WordValues, WordValues>;

/** The values of flags, as their definitions have it. */
export type FlagValues<Flags> = Flags extends FlagInput<infer Values> ? Values : never;

/** The values of {@link globalFlags}. */
export type GlobalFlags = Partial<FlagValues<typeof globalFlags>>;

/** A verb: its words, in oclif's terms, and what it does. */
export interface Verb<Args extends WordValues, Flags extends WordValues> {
  readonly summary: string;
  readonly description?: string;
  readonly examples?: readonly string[];
  readonly args: { readonly [K in keyof Args]: WordArg<Args[K]> };
  readonly flags: FlagInput<Flags>;
  /** The places that it reaches; the flags that say how are the transports'. */
  readonly reaches?: VerbReach;
  /** Says what it does, to what, for the message when it cannot: `copy a to b`. */
  doing?(args: Args): string;
  /** @returns the exit status, where a result is also a status: `diff` that finds a difference. */
  run(args: Args, flags: Flags & GlobalFlags, io: Io): Promise<void | 1>;
}

/** The way in which a verb speaks, reaches places, and learns that it is to stop. */
export interface Io {
  /** The values of the flags that say how places are reached. */
  readonly access: SideValues;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
  /** Prints the result: the value itself with `--json`, else lines for people. */
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

/** Who answers for standard output: a verb that writes an archive there, or the command line. */
export interface OutputOwner {
  isVerb: boolean;
}

/** Declares a verb: the values of its words have the types that their definitions say. */
export function verb<Args extends WordValues, Flags extends WordValues>(
  shape: Verb<Args, Flags>,
): Verb<Args, Flags> {
  return shape;
}

/** All flags of a verb: its own, the transports', the global ones. */
export function flagsOf<Flags extends WordValues>({ flags, reaches }: Verb<WordValues, Flags>) {
  return { ...flags, ...sideFlags(reaches), ...globalFlags };
}

/**
 * Runs a verb on its words.
 * @throws NixociError `USAGE` for words that are not the verb's, and whatever the verb throws.
 */
export async function execute<Args extends WordValues, Flags extends WordValues>(
  name: string,
  verb: Verb<Args, Flags>,
  argv: readonly string[],
  output: OutputOwner,
): Promise<void | 1> {
  const known = flagsOf(verb);
  const words = spellBooleans(argv, known);
  const input = { args: verb.args, flags: known };
  const { args, flags } = await parse<Flags, GlobalFlags & SideValues, Args>(words, input)
    .catch((error) => {
      throw toUsageError(error, { id: name, ...input });
    });
  try {
    return await verb.run(args, flags, ioFor(flags, flags, output));
  } catch (error) {
    // Wrong words are clear by themselves, and so is what already says what could not be done.
    const isBare = error instanceof NixociError && error.code !== "USAGE" &&
      !error.message.startsWith("Cannot ");
    throw isBare && verb.doing ? during(error, `Cannot ${verb.doing(args)}`) : error;
  }
}

// A write for every line would be a system call for every file of `ls`.
const WRITE_SIZE = 64 * 1024;

function ioFor({ json, quiet }: GlobalFlags, access: SideValues, output: OutputOwner): Io {
  const write = (output: string | Uint8Array): void => {
    try {
      process.stdout.write(output);
    } catch (error) { // Deno throws what Node emits
      if (isBrokenPipe(error)) process.exit(0);
      throw during(error, "Cannot write to standard output");
    }
  };
  return {
    access,
    signal: interrupted,
    write,
    claimOutput() {
      output.isVerb = true;
    },
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

/** Whether the reader of our output has gone away. */
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
