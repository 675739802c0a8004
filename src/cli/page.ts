/** The reference of the command line, made from what the commands say of themselves. */
import type { Command } from "@oclif/core/command";
import { loadConfig } from "./help.ts";
import { argWord } from "./kit/usage.ts";

const WIDTH = 100;

const INTRODUCTION = `# The command line

<!-- Made by \`npm run docs\` from the commands in src/cli/verbs: change it there. -->

Every image is named as \`scheme:location\`. Results go to standard output, progress and messages to
standard error; with \`--json\` the result is one JSON value, and a failure is
\`{"error": {"code", "message", "hint", "side"}}\` on standard error. An archive or tarball that goes
to standard output is all that is written there.

The exit status is 0 when all went well, 1 when the operation failed, 2 when the words were wrong,
130 after an interrupt (143 after SIGTERM). After a failure nothing half-written is left.
`;

/** The whole page, as Markdown that `deno fmt` leaves alone. */
export async function cliReference(): Promise<string> {
  const { commands } = await loadConfig();
  const sorted = [...commands].sort((a, b) => a.id < b.id ? -1 : 1);
  const flags = Object.values(sorted[0]!.flags).filter(isGlobal);
  return [
    INTRODUCTION,
    "## Flags of every command\n\nThey may also stand before it.\n",
    flagList(flags),
    ...sorted.map(section),
  ].join("\n");
}

function section(
  { id, summary, description, args, flags, examples = [] }: Command.Loadable,
): string {
  const verb = id.replaceAll(":", " ");
  const places = Object.values(args);
  const words = places.map((arg) => argWord(arg.name, arg));
  const own = Object.values(flags).filter((flag) => !isGlobal(flag) && !flag.hidden);
  const access = own.filter(isAccess);
  const rest = own.filter((flag) => !isAccess(flag));
  const sides = access.some(({ helpLabel }) => helpLabel !== undefined)
    ? " Each may be given for one side, with \`--src-\` or \`--dest-\` in front of its name:"
    : "";
  return [
    `## ${verb}\n`,
    wrap(`${summary}.`) + "\n",
    fence(["nixoci", verb, ...words].join(" ")),
    ...(description ? [wrap(description) + "\n"] : []),
    ...(places.length > 0 ? [list(places.map(placeLine))] : []),
    ...(rest.length > 0 ? ["Flags:\n", flagList(rest)] : []),
    ...(access.length > 0
      ? [wrap(sides === "" ? "Access:" : `Access.${sides}`) + "\n", flagList(access)]
      : []),
    ...(examples.length > 0 ? ["Examples:\n", fence(examples.join("\n"))] : []),
  ].join("\n");
}

function placeLine({ name, description }: Command.Arg.Cached): string {
  return `\`${name.toUpperCase()}\`: ${description}`;
}

function isGlobal({ helpGroup }: Command.Flag.Cached): boolean {
  return helpGroup === "GLOBAL";
}

function isAccess({ helpGroup }: Command.Flag.Cached): boolean {
  return helpGroup === "ACCESS";
}

function flagList(flags: readonly Command.Flag.Cached[]): string {
  return list(flags.map((flag) => {
    const value = flag.type === "option" ? `=${valueOf(flag)}` : "";
    const short = flag.char === undefined ? "" : `\`-${flag.char}\`, `;
    const again = flag.type === "option" && flag.multiple ? " (repeatable)" : "";
    const usual = flag.type === "option" && flag.default ? ` (default: ${flag.default})` : "";
    return `${short}\`--${flag.name}${value}\`${again}: ${flag.summary}${usual}`;
  }));
}

function valueOf(flag: Command.Flag.Cached & { type: "option" }): string {
  return flag.options?.join("|") ?? String(flag.helpValue ?? "value");
}

function list(items: readonly string[]): string {
  return items.map((item) => wrap(`- ${item}`, "  ") + "\n").join("");
}

function fence(text: string): string {
  return `\`\`\`sh\n${text}\n\`\`\`\n`;
}

/** Fills lines up to the width; code spans are not broken. */
function wrap(text: string, indent = ""): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.match(/(?:\`[^\`]*\`|\S)+/g) ?? []) {
    if (line === "") line = word;
    else if (line.length + 1 + word.length <= WIDTH) line += ` ${word}`;
    else {
      lines.push(line);
      line = indent + word;
    }
  }
  return [...lines, line].join("\n");
}
