/** What all verbs have in common: flags, how they print, how they say that they were misused. */
import { Command as OclifCommand } from "@oclif/core/command";
import type { Config } from "@oclif/core/config";
import { boolean } from "@oclif/core/flags";
import { during, NixociError } from "../errors.ts";
import { interrupted } from "./interrupt.ts";
import type { SideContext } from "./sides.ts";
import { oneLine } from "./text.ts";
import { usageError } from "./usage.ts";

// A write for every line would be a system call for every file of `ls`.
const WRITE_SIZE = 64 * 1024;

/** A verb of the command line. */
export abstract class Command extends OclifCommand {
  static override baseFlags = {
    quiet: boolean({ char: "q", summary: "Print nothing but the result", helpGroup: "GLOBAL" }),
    json: boolean({ summary: "Print the result as one JSON value", helpGroup: "GLOBAL" }),
    debug: boolean({ summary: "On failure, print the chain of causes", helpGroup: "GLOBAL" }),
  };

  /** What it does, to what, for the message when it cannot: `copy a to b`. */
  protected doing: string | undefined;

  /** Aborted when the user interrupts. */
  protected readonly signal: AbortSignal = interrupted;

  constructor(argv: string[], config: Config) {
    super(argv, config);
    this.argv = spellBooleans(argv, { ...this.ctor.baseFlags, ...this.ctor.flags });
  }

  /** Prints the result: the value itself with `--json`, else lines for people. */
  protected print(json: boolean, value: unknown, lines: () => Iterable<string>): void {
    if (json) return this.write(JSON.stringify(value, null, 2) + "\n");
    let text = "";
    for (const line of lines()) {
      text += oneLine(line) + "\n";
      if (text.length < WRITE_SIZE) continue;
      this.write(text);
      text = "";
    }
    this.write(text);
  }

  /** Writes to stdout as it is. */
  protected write(output: string | Uint8Array): void {
    process.stdout.write(output);
  }

  /** Tells people something on stderr. */
  protected notice(message: string): void {
    process.stderr.write(`nixoci: ${oneLine(message)}\n`);
  }

  /** What every side of a verb gets, whatever its flags say. */
  protected sideContext(
    flags: { readonly quiet: boolean; readonly "registries-conf"?: string | undefined },
  ): SideContext {
    return {
      signal: this.signal,
      onNotice: (message) => flags.quiet || this.notice(message),
      registriesConf: flags["registries-conf"],
    };
  }

  protected override async catch(error: Error): Promise<never> {
    // Wrong words are clear by themselves, and so is what already says what could not be done.
    const isBare = error instanceof NixociError && error.code !== "USAGE" &&
      !error.message.startsWith("Cannot ");
    if (isBare && this.doing !== undefined) throw during(error, `Cannot ${this.doing}`);
    throw usageError(error, {
      ...this.ctor,
      flags: { ...this.ctor.baseFlags, ...this.ctor.flags },
    });
  }
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
