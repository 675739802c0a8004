/** Commands in the definition of a service: functions that add their words. */
import { quoteWord } from "../../../nix/derivation/attributes/structured.ts";
import type { Command, WordPart } from "../../service.ts";

/** Writes the commands of a kind, by their numbers. */
export function formatServiceCommands(kind: string, commands: readonly Command[]): string[] {
  if (commands.length === 0) return [];
  const each = commands.flatMap((command, i) => formatServiceCommand(`${kind}_${i + 1}`, command));
  return [`_commands_${kind}=${commands.length}`, ...each];
}

/** Writes the function that names a command's words. */
export function formatServiceCommand(
  name: string,
  { words, argv0, mayFail, privileged }: Command,
): string[] {
  return formatFunction(name, [
    ...(argv0 === undefined ? [] : [`_argv0=${quoteWord(argv0)}`]),
    ...(mayFail ? ["_may_fail=1"] : []),
    ...(privileged ? ["_privileged=1"] : []),
    ...words.map(formatWord),
  ]);
}

function formatWord(parts: readonly WordPart[]): string {
  const [first] = parts;
  if (parts.length === 1 && first?.kind === "variable" && first.split) {
    return `split "$\{${first.name}-}"`;
  }
  const text = parts.map((part) =>
    part.kind === "text" ? quoteWord(part.text) : `"$\{${part.name}-}"`
  );
  return `word ${text.length === 0 ? "''" : text.join("")}`;
}

/** Writes a function of these lines. */
export function formatFunction(name: string, lines: readonly string[]): string[] {
  return [`${name}() {`, ...lines.map((line) => `  ${line}`), "}"];
}
