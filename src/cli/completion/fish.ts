/** Completion for fish: a `complete` for each word. */
import {
  type ArgTaken,
  type CommandWords,
  type FlagWords,
  groupsOf,
  type GroupWords,
  SCHEME_WORDS,
  type Taken,
} from "./words.ts";

/** Formats the script, to be sourced or put into fish's `completions` folder as `nixoci.fish`. */
export function formatFishScript(commands: readonly CommandWords[]): string {
  return [
    "# fish completion for nixoci",
    "function __nixoci_reference",
    "    set -l word (commandline -ct)",
    "    if string match -q '*:*' -- $word",
    "        set -l scheme (string replace -r ':.*' ':' -- $word)",
    "        for path in (__fish_complete_path (string replace -r '^[^:]*:' '' -- $word))",
    "            echo $scheme$path",
    "        end",
    "    else",
    `        printf '%s\\n' ${SCHEME_WORDS.join(" ")}`,
    "    end",
    "end",
    "complete -c nixoci -f",
    "complete -c nixoci -n __fish_use_subcommand -s h -l help -d 'Show help'",
    "complete -c nixoci -n __fish_use_subcommand -l version -d 'Show the version'",
    ...commands.filter(({ name }) => !name.includes(" ")).flatMap((verb) =>
      formatCommandLines(verb, "__fish_use_subcommand", "__fish_seen_subcommand_from")
    ),
    ...groupsOf(commands).flatMap(groupLines),
    "",
  ].join("\n");
}

function groupLines({ name, summary, verbs, usual }: GroupWords): string[] {
  const seen = "__fish_seen_subcommand_from";
  const names = verbs.map((verb) => verb.name).join(" ");
  const first = `${seen} ${name}; and not ${seen} ${names}`;
  return [
    `complete -c nixoci -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`,
    ...verbs.flatMap((verb) => formatCommandLines(verb, first, `${seen} ${name}; and ${seen}`)),
    ...usual === undefined ? [] : formatWordLines(usual, first),
  ];
}

/** @param first when the verb may be typed; @param after when, before its name, it has been. */
function formatCommandLines(
  { name, summary, args, flags }: CommandWords,
  first: string,
  after: string,
): string[] {
  return [
    `complete -c nixoci -n '${first}' -a ${name} -d ${quote(summary)}`,
    ...formatWordLines({ args, flags }, `${after} ${name}`),
  ];
}

/** Formats what may follow a verb. @param when when it may. */
function formatWordLines({ args, flags }: Pick<CommandWords, "args" | "flags">, when: string) {
  const within = `complete -c nixoci -n '${when}'`;
  return [
    ...new Set(
      args.flatMap(({ takes }) => formatArgument(takes)).map((words) => `${within} ${words}`),
    ),
    ...flags.map((flag) => `${within} ${formatFlag(flag)}`),
  ];
}

function formatArgument(takes: ArgTaken): string[] {
  if (takes.kind === "reference") return ["-a '(__nixoci_reference)'"];
  if (takes.kind === "one of") return [`-a '${takes.words.join(" ")}'`];
  return takes.kind === "file" ? ["-F"] : [];
}

function formatFlag({ name, short, summary, takes }: FlagWords): string {
  return [
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    `-l ${name.slice(2)}`,
    ...formatValue(takes),
    `-d ${quote(summary)}`,
  ].join(" ");
}

function formatValue(takes: Taken): string[] {
  if (takes.kind === "nothing") return [];
  if (takes.kind === "one of") return [`-x -a '${takes.words.join(" ")}'`];
  if (takes.kind === "file") return ["-r -F"];
  return takes.kind === "folder" ? ["-x -a '(__fish_complete_directories)'"] : ["-x"];
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
