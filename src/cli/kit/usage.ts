/** Wrong usage, in one line and our words: what oclif's parser says takes several. */
import { CLIError } from "@oclif/core/errors";
import { NixociError } from "../../base/errors.ts";
import type { ArgKind } from "./args.ts";
import { findNearest } from "../../base/nearest.ts";
import { FOREIGN_FLAGS, FOREIGN_VALUES, FOREIGN_VERBS } from "./foreign-words.ts";
import { HELP } from "./global.ts";

/** The parts of a command that the messages need. */
interface CommandShape {
  readonly id?: string;
  readonly args?: Readonly<Record<string, ArgShape>>;
  readonly flags?: Readonly<Record<string, { readonly aliases?: readonly string[] }>>;
}

/** The parts of an argument that they need. */
interface ArgShape {
  readonly required?: boolean;
  readonly isNeeded?: boolean;
  readonly multiple?: boolean;
  readonly takes?: ArgKind | undefined;
}

/** oclif's parse errors, whose classes it does not export: the fields tell them apart. */
interface ParseError extends CLIError {
  /** Flags that the command does not have. */
  readonly flags?: readonly string[];
  /** Words that are too many, or definitions of those that are missing. */
  readonly args?: readonly (string | object)[];
}

/** Returns the error in our words when it is oclif's; any other as it is. */
export function toUsageError(
  error: unknown,
  command: CommandShape,
  words: readonly string[] = [],
): unknown {
  if (!(error instanceof CLIError)) return error;
  const { flags, args } = error as ParseError;
  if (flags?.[0] !== undefined) return unknownFlagError(flags[0], command);
  const [first] = args ?? [];
  if (typeof first === "object") return missingArgsError(command);
  if (first !== undefined) {
    return wrongUsageError(
      `Unexpected argument ${JSON.stringify(first)}`,
      `usage: ${formatUsage(command)}`,
    );
  }
  return wrongUsageError(trimFrame(error.message), suggestValue(words) ?? suggestHelp(command));
}

/** Hints at a value that is another tool's word. */
function suggestValue(words: readonly string[]): string | undefined {
  for (const [flag, values] of Object.entries(FOREIGN_VALUES)) {
    for (const [value, ours] of Object.entries(values)) {
      const at = words.indexOf(flag);
      const isGiven = words.includes(`${flag}=${value}`) || (at !== -1 && words[at + 1] === value);
      if (isGiven) return ours;
    }
  }
  return undefined;
}

/**
 * Makes the error for a word that names no verb.
 * @param after the word behind it; @param group the words before it that name a group of verbs.
 */
export function unknownCommandError(
  word: string,
  names: readonly string[],
  group: readonly string[] = [],
  after?: string,
): NixociError {
  const spellCommand = (last: string): string => [...group, last].join(" ");
  const message = `Unknown command ${JSON.stringify(spellCommand(word))}`;
  if (word.startsWith("-")) {
    return wrongUsageError(
      `Unknown flag ${word} before the command`,
      "flags of a command stand after it",
    );
  }
  const ours = findOwn(FOREIGN_VERBS, [
    ...after === undefined ? [] : [`${spellCommand(word)} ${after}`],
    spellCommand(word),
  ]);
  if (ours !== undefined) return wrongUsageError(message, ours);
  const near = findNearest(word, names);
  const hint = near === undefined
    ? `see nixoci ${spellCommand("--help")}`
    : `did you mean ${spellCommand(near)}?`;
  return wrongUsageError(message, hint);
}

/** Returns what a table says of the first key that it has. */
function findOwn<T>(table: Readonly<Record<string, T>>, keys: readonly string[]): T | undefined {
  const key = keys.find((key) => Object.hasOwn(table, key));
  return key === undefined ? undefined : table[key];
}

function wrongUsageError(message: string, hint: string): NixociError {
  return new NixociError("USAGE", message, { hint });
}

function unknownFlagError(flag: string, command: CommandShape): NixociError {
  const name = flag.replace(/=.*$/s, "");
  return wrongUsageError(
    `Unknown flag ${name}`,
    suggestFlag(name, command) ?? suggestNearest(name, command) ??
      suggestDashes(command) ?? suggestHelp(command),
  );
}

/** Says how the flag of another tool is written here, where the command can do it. */
function suggestFlag(name: string, command: CommandShape): string | undefined {
  const ways = findOwn(FOREIGN_FLAGS, [`${command.id} ${name}`, name]) ?? [];
  const way = ways.find((way) => {
    const [, own] = /^--([\w-]+)/.exec(way) ?? [];
    return own === undefined || Object.hasOwn(command.flags ?? {}, own);
  });
  return way?.startsWith("--") ? `use ${way}` : way;
}

function suggestNearest(name: string, { flags = {} }: CommandShape): string | undefined {
  if (!name.startsWith("--")) return undefined;
  const names = Object.entries(flags).flatMap(([name, { aliases = [] }]) => [name, ...aliases]);
  const near = findNearest(name, [...names.map((known) => `--${known}`), ...HELP]);
  return near === undefined ? undefined : `did you mean ${near}?`;
}

function missingArgsError(command: CommandShape): NixociError {
  const names = Object.entries(command.args ?? {}).filter(([, arg]) => arg.required);
  const needs = names.map(([name]) => name.toUpperCase()).join(" and ");
  return wrongUsageError(
    `Missing arguments: ${command.id} needs ${needs}`,
    `usage: ${formatUsage(command)}`,
  );
}

/** Formats the usage line of a command. */
export function formatUsage({ id, args = {} }: CommandShape): string {
  return ["nixoci", id, ...Object.entries(args).map(([name, arg]) => formatArg(name, arg))].join(
    " ",
  );
}

/** Formats an argument as usage lines have it: `SOURCE`, `[PATH]`, `NAME…`. */
export function formatArg(
  name: string,
  { required, isNeeded, multiple, takes }: ArgShape,
): string {
  const word = (takes === "command" ? "-- " : "") + name.toUpperCase() + (multiple ? "…" : "");
  return required || isNeeded ? word : `[${word}]`;
}

function suggestHelp({ id }: CommandShape): string {
  return `see nixoci ${id} --help`;
}

/** Hints at the dashes that keep the flags of another command from being taken for ours. */
function suggestDashes({ args = {} }: CommandShape): string | undefined {
  const [name] = Object.entries(args).find(([, { takes }]) => takes === "command") ?? [];
  return name === undefined ? undefined : `flags of the ${name} stand after --`;
}

/** oclif's message without its frame: `Parsing --x \n\t…\nSee more help with --help`. */
function trimFrame(message: string): string {
  return message
    .replace(/\nSee more help with --help$/, "")
    .replace(/^The following errors? occurred:\s*/, "")
    .replace(/^Parsing (--[\w-]+) \n\t/, "$1: ")
    .replace(/\s*\n\s*/g, "; ")
    .trim();
}
