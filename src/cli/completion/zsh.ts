/** Completion for zsh, with its `_arguments`. */
import {
  type ArgTaken,
  type CommandWords,
  type FlagWords,
  groupsOf,
  type GroupWords,
  listFirstWords,
  SCHEME_WORDS,
  type Taken,
} from "./words.ts";

/** Formats the script, to be evaluated or put into a folder of \`$fpath\` as `_nixoci`. */
export function formatZshScript(commands: readonly CommandWords[]): string {
  return `#compdef nixoci
_nixoci_reference() {
  if compset -P '*:'; then _files; else compadd -S '' -- ${SCHEME_WORDS.join(" ")}; fi
}
_nixoci() {
  local context state line
  typeset -A opt_args
  _arguments -C '(- *)'{-h,--help}'[Show help]' '(- *)--version[Show the version]' \\
    '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands=(
${listFirstWords(commands).map(describeWord).join("\n")}
      )
      _describe command commands ;;
    argument)
      case $words[1] in
${commands.filter(({ name }) => !name.includes(" ")).map(formatCommandCase).join("\n")}
${groupsOf(commands).map(groupCase).join("\n")}
      esac ;;
  esac
}
# Autoloaded from $fpath, this file is the function's body; sourced, it has to announce itself.
if [[ $funcstack[1] == _nixoci ]]; then _nixoci "$@"; else compdef _nixoci nixoci; fi
`;
}

function describeWord({ name, summary }: { name: string; summary: string }): string {
  return `        ${quote(`${name}:${summary}`)}`;
}

/** Within `*::argument` the words begin anew, so that a group is completed as the whole is. */
function groupCase({ name, verbs, usual }: GroupWords): string {
  const isVerb = `[[ $words[2] == (${verbs.map((verb) => verb.name).join("|")}) ]]`;
  return `        ${name})
          local -a verbs=(
${verbs.map(describeWord).join("\n")}
          )${usual === undefined ? "" : formatUsual(usual, isVerb)}
          _arguments -C '(- *)'{-h,--help}'[Show help]' '1:command:->verb' '*::argument:->rest'
          case $state in
            verb) _describe command verbs ;;
            rest)
              case $words[1] in
${verbs.map(formatCommandCase).join("\n")}
              esac ;;
          esac ;;`;
}

/** Formats what is offered where a word is not a verb of the group: then the usual one is meant. */
function formatUsual(usual: CommandWords, isVerb: string): string {
  return `
          if (( CURRENT == 2 )) && _describe command verbs; then return; fi
          if (( CURRENT == 2 )) || ! ${isVerb}; then
            ${formatArguments(usual)}
            return
          fi`;
}

function formatCommandCase(verb: CommandWords): string {
  return `        ${verb.name})\n          ${formatArguments(verb)} ;;`;
}

function formatArguments({ args, flags }: CommandWords): string {
  const places = args.map(({ name, takes }) => quote(`:${name}${formatArgument(takes)}`));
  const lines = [...flags.map(formatFlagSpec), ...places].map((spec) => `            ${spec}`);
  return `_arguments \\\n${lines.join(" \\\n")}`;
}

function formatFlagSpec({ name, short, summary, takes, repeats }: FlagWords): string {
  const text = `[${summary.replace(/[[\]\\]/g, "\\$&")}]${formatValue(takes)}`;
  const long = takes.kind === "nothing" ? name : `${name}=`;
  if (repeats) return quote(`*${long}${text}`);
  if (short === undefined) return quote(`${long}${text}`);
  const brief = takes.kind === "nothing" ? short : `${short}+`;
  return `'(${short} ${name})'{${brief},${long}}${quote(text)}`;
}

function formatValue(takes: Taken): string {
  if (takes.kind === "one of") return `:value:(${takes.words.join(" ")})`;
  return { nothing: "", file: ":file:_files", folder: ":folder:_files -/", anything: ":value: " }[
    takes.kind
  ];
}

function formatArgument(takes: ArgTaken): string {
  if (takes.kind === "reference") return ":_nixoci_reference";
  return formatValue(takes).replace(/^:\w+/, "");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
