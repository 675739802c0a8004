/** Wrong usage, in one line and our words: what oclif's parser says takes several. */
import { NixociError } from "../../base/errors.ts";
import { findNearest } from "../../base/nearest.ts";

/** The parts of a command that the messages need. */
interface CommandShape {
  readonly id?: string;
  readonly args?: Readonly<Record<string, ArgShape>>;
  readonly flags?: Readonly<Record<string, { readonly aliases?: readonly string[] }>>;
}

/** The parts of an argument that they need. */
interface ArgShape {
  readonly required?: boolean;
  readonly multiple?: boolean;
}

/** oclif's parse errors, told apart by the fields that they carry. */
interface ParseError extends Error {
  readonly oclif?: unknown;
  readonly flags?: readonly string[];
  readonly args?: readonly unknown[];
}

/** The error in our words when it is oclif's; any other as it is. */
export function toUsageError(error: unknown, command: CommandShape): unknown {
  if (!(error instanceof Error) || error instanceof NixociError || !("oclif" in error)) {
    return error;
  }
  const { flags, args, constructor } = error as ParseError;
  const kind = constructor.name;
  if (kind === "NonExistentFlagsError") return unknownFlagError(flags![0]!, command);
  if (kind === "RequiredArgsError") return missingArgsError(command);
  if (kind === "UnexpectedArgsError") {
    return wrongUsageError(
      `Unexpected argument ${JSON.stringify(args![0])}`,
      `usage: ${formatUsage(command)}`,
    );
  }
  return wrongUsageError(stripFrame(error.message), seeHelp(command));
}

/** No verb has this name. @param group the words before it that name a group of verbs. */
export function unknownCommandError(
  word: string,
  names: readonly string[],
  group: readonly string[] = [],
): NixociError {
  if (word.startsWith("-")) {
    return wrongUsageError(
      `Unknown flag ${word} before the command`,
      "flags of a command stand after it",
    );
  }
  const near = findNearest(word, names);
  const spelled = (last: string): string => [...group, last].join(" ");
  const hint = near === undefined
    ? `see nixoci ${spelled("--help")}`
    : `did you mean ${spelled(near)}?`;
  return wrongUsageError(`Unknown command ${JSON.stringify(spelled(word))}`, hint);
}

function wrongUsageError(message: string, hint: string): NixociError {
  return new NixociError("USAGE", message, { hint });
}

function unknownFlagError(flag: string, command: CommandShape): NixociError {
  const name = flag.replace(/=.*$/s, "");
  const names = Object.entries(command.flags ?? {}).flatMap(([name, { aliases = [] }]) => [
    name,
    ...aliases,
  ]);
  const near = name.startsWith("--")
    ? findNearest(name, names.map((known) => `--${known}`))
    : undefined;
  return wrongUsageError(
    `Unknown flag ${name}`,
    near === undefined ? seeHelp(command) : `did you mean ${near}?`,
  );
}

function missingArgsError(command: CommandShape): NixociError {
  const names = Object.entries(command.args ?? {}).filter(([, arg]) => arg.required);
  const needs = names.map(([name]) => name.toUpperCase()).join(" and ");
  return wrongUsageError(
    `Missing arguments: ${command.id} needs ${needs}`,
    `usage: ${formatUsage(command)}`,
  );
}

function formatUsage({ id, args = {} }: CommandShape): string {
  return ["nixoci", id, ...Object.entries(args).map(([name, arg]) => argWord(name, arg))].join(" ");
}

/** An argument as usage lines have it: `SOURCE`, `[PATH]`, `NAME…`. */
export function argWord(name: string, { required, multiple }: ArgShape): string {
  const word = name.toUpperCase() + (multiple ? "…" : "");
  return required ? word : `[${word}]`;
}

function seeHelp({ id }: CommandShape): string {
  return `see nixoci ${id} --help`;
}

/** oclif's message without its frame: `Parsing --x \n\t…\nSee more help with --help`. */
function stripFrame(message: string): string {
  return message
    .replace(/\nSee more help with --help$/, "")
    .replace(/^The following errors? occurred:\s*/, "")
    .replace(/^Parsing (--[\w-]+) \n\t/, "$1: ")
    .replace(/\s*\n\s*/g, "; ")
    .trim();
}
