/** Wrong usage, in one line and our words: what oclif's parser says takes several. */
import { NixociError } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";

/** What of a command the words need. */
interface CommandShape {
  readonly id?: string;
  readonly args?: Readonly<Record<string, ArgShape>>;
  readonly flags?: Readonly<Record<string, { readonly aliases?: readonly string[] }>>;
}

/** What of an argument the words need. */
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
export function usageError(error: unknown, command: CommandShape): unknown {
  if (!(error instanceof Error) || error instanceof NixociError || !("oclif" in error)) {
    return error;
  }
  const { flags, args, constructor } = error as ParseError;
  const kind = constructor.name;
  if (kind === "NonExistentFlagsError") return unknownFlag(flags![0]!, command);
  if (kind === "RequiredArgsError") return missing(command);
  if (kind === "UnexpectedArgsError") {
    return wrong(`Unexpected argument ${JSON.stringify(args![0])}`, `usage: ${usage(command)}`);
  }
  return wrong(plain(error.message), seeHelp(command));
}

/** No verb has this name. @param group the words before it that name a group of verbs. */
export function unknownCommand(
  word: string,
  names: readonly string[],
  group: readonly string[] = [],
): NixociError {
  if (word.startsWith("-")) {
    return wrong(`Unknown flag ${word} before the command`, "flags of a command stand after it");
  }
  const near = nearest(word, names);
  const spelled = (last: string): string => [...group, last].join(" ");
  const hint = near === undefined
    ? `see nixoci ${spelled("--help")}`
    : `did you mean ${spelled(near)}?`;
  return wrong(`Unknown command ${JSON.stringify(spelled(word))}`, hint);
}

function wrong(message: string, hint: string): NixociError {
  return new NixociError("USAGE", message, { hint });
}

function unknownFlag(flag: string, command: CommandShape): NixociError {
  const name = flag.replace(/=.*$/s, "");
  const names = Object.entries(command.flags ?? {}).flatMap(([name, { aliases = [] }]) => [
    name,
    ...aliases,
  ]);
  const near = name.startsWith("--")
    ? nearest(name, names.map((known) => `--${known}`))
    : undefined;
  return wrong(
    `Unknown flag ${name}`,
    near === undefined ? seeHelp(command) : `did you mean ${near}?`,
  );
}

function missing(command: CommandShape): NixociError {
  const names = Object.entries(command.args ?? {}).filter(([, arg]) => arg.required);
  const needs = names.map(([name]) => name.toUpperCase()).join(" and ");
  return wrong(`Missing arguments: ${command.id} needs ${needs}`, `usage: ${usage(command)}`);
}

function usage({ id, args = {} }: CommandShape): string {
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
function plain(message: string): string {
  return message
    .replace(/\nSee more help with --help$/, "")
    .replace(/^The following errors? occurred:\s*/, "")
    .replace(/^Parsing (--[\w-]+) \n\t/, "$1: ")
    .replace(/\s*\n\s*/g, "; ")
    .trim();
}
