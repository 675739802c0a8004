/** Reads the command lines of `Exec…=` (systemd.service(5), "Command lines"; load-fragment.c). */
import type { Command, WordPart } from "../service.ts";
import type { ExpandText } from "./specifiers.ts";
import { InvalidValue, readWord, skipBlanks } from "./words.ts";

/** The commands of a value, and where systemd does what its reader may not expect. */
export interface ReadCommands {
  readonly commands: readonly Command[];
  readonly notes: readonly string[];
  /** The reason why the rest was not read; the whole unit fails where that is fatal. */
  readonly failure?: { readonly message: string; readonly isFatal: boolean };
}

/** The signs before a program: `@ - : + ! !!`, each at most once, in any order. */
interface Prefixes {
  readonly ignoresFailure: boolean;
  readonly hasOwnName: boolean;
  readonly isPlain: boolean;
  readonly isPrivileged: boolean;
}

/**
 * Reads the commands of a value; lone semicolons part them, `\;` is one. A wrong one ends it: that is
 * fatal for the unit, unless its failures are ignored or not even its program could be read.
 */
export function readCommands(value: string, expand: ExpandText): ReadCommands {
  const commands: Command[] = [];
  const notes: string[] = [];
  let isFatal = false;
  try {
    for (let at = 0; (at = skipBlanks(value, at)) < value.length;) {
      isFatal = false;
      const first = readWord(value, at)!;
      at = first.end;
      if (first.word === ";") continue;
      const [prefixes, rest] = readPrefixes(first.word);
      isFatal = !prefixes.ignoresFailure;
      const program = readProgram(expand(rest));
      const read = readArguments(value, at, expand);
      at = read.end;
      commands.push(commandOf(prefixes, program, read.words, notes));
    }
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    return { commands, notes, failure: { message: error.message, isFatal } };
  }
  return { commands, notes };
}

function readPrefixes(word: string): [Prefixes, rest: string] {
  const [letters] = /^[-@:+!]*/.exec(word)!;
  let used = "";
  for (const letter of letters) {
    const isAgain = letter === "!" ? /\+|!.*!/.test(used) : used.includes(letter);
    if (isAgain || (letter === "+" && used.includes("!"))) break;
    used += letter;
  }
  const prefixes = {
    ignoresFailure: used.includes("-"),
    hasOwnName: used.includes("@"),
    isPlain: used.includes(":"),
    // `!!` gives rights up by capabilities where the kernel has them, as all do: it is as without.
    isPrivileged: used.includes("+") || used.split("!").length === 2,
  };
  return [prefixes, word.slice(used.length)];
}

/** Checks the program's name, and takes needless slashes and dots out of it. */
function readProgram(path: string): string {
  if (path === "") throw new InvalidValue("it names no program");
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f'"\\]/.test(path)) {
    throw new InvalidValue("its program has a quote, a backslash or a control character in it");
  }
  if (path.endsWith("/")) throw new InvalidValue("its program is a folder");
  if (path.startsWith("/")) return path.replace(/\/(?:\.?\/)+/g, "/");
  if (path.includes("/") || path === "." || path === "..") {
    throw new InvalidValue("its program is neither an absolute path nor a name");
  }
  return path;
}

/** Reads words up to a lone semicolon or the end. */
function readArguments(
  value: string,
  start: number,
  expand: ExpandText,
): { readonly words: readonly string[]; readonly end: number } {
  const words: string[] = [];
  let at = start;
  while (at < value.length) {
    const [lone] = /^\\?;(?=[ \t\n\r]|$)/.exec(value.slice(at, at + 3)) ?? [];
    if (lone !== undefined) at = skipBlanks(value, at + lone.length);
    if (lone === ";") break;
    if (lone !== undefined) words.push(";");
    else {
      const { word, end } = readWord(value, at)!;
      words.push(expand(word));
      at = end;
    }
  }
  return { words, end: at };
}

function commandOf(
  { ignoresFailure, hasOwnName, isPlain, isPrivileged }: Prefixes,
  program: string,
  given: readonly string[],
  notes: string[],
): Command {
  const argv0 = hasOwnName ? given[0] : undefined;
  const others = hasOwnName ? given.slice(1) : given;
  if (hasOwnName && !argv0) throw new InvalidValue("after @ it has no name for the program");
  if (!isPlain && argv0?.includes("$")) notes.push("the name after @ is taken as it is");
  const words: (readonly WordPart[])[] = [[{ kind: "text", text: program }]];
  for (const word of others) {
    const parts = isPlain ? [{ kind: "text" as const, text: word }] : readWordParts(word);
    if (parts === undefined) notes.push(`${word} is not a variable: systemd leaves the word out`);
    else words.push(parts);
  }
  return {
    words,
    ...(argv0 !== undefined && { argv0 }),
    ...(ignoresFailure && { mayFail: true }),
    ...(isPrivileged && { privileged: true }),
  };
}

const VARIABLE = /^[A-Za-z_]\w*$/;

/**
 * Reads the variables of a word: `$NAME` if it is the whole word, `${NAME}` anywhere; `$$` is a dollar.
 * @returns `undefined` for a word that becomes none, such as `$NAME/bin`.
 */
export function readWordParts(word: string): WordPart[] | undefined {
  if (/^\$(?![${])/.test(word)) {
    const name = word.slice(1);
    return VARIABLE.test(name) ? [{ kind: "variable", name, split: true }] : undefined;
  }
  const parts: WordPart[] = [];
  let text = "";
  const flush = () => {
    if (text !== "") parts.push({ kind: "text", text });
    text = "";
  };
  for (const [whole, name] of word.matchAll(/\$\$|\$\{([^}]*)\}|[^$]+|\$/g)) {
    if (name === undefined) text += whole === "$$" ? "$" : whole;
    else if (VARIABLE.test(name)) {
      flush();
      parts.push({ kind: "variable", name, split: false });
    }
  }
  flush();
  return parts.length === 0 ? [{ kind: "text", text: "" }] : parts;
}
