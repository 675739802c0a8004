/** Completion for zsh, with its `_arguments`. */
import { type CommandWords, type FlagWords, SCHEME_WORDS, type Taken } from "./words.ts";

/** The script, to be evaluated or put into a folder of \`$fpath\` as `_nixoci`. */
export function zshScript(commands: readonly CommandWords[]): string {
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
${commands.map(({ name, summary }) => `        ${quoted(`${name}:${summary}`)}`).join("\n")}
      )
      _describe command commands ;;
    argument)
      case $words[1] in
${commands.map(commandCase).join("\n")}
      esac ;;
  esac
}
# Autoloaded from $fpath, this file is the function's body; sourced, it has to announce itself.
if [[ $funcstack[1] == _nixoci ]]; then _nixoci "$@"; else compdef _nixoci nixoci; fi
`;
}

function commandCase({ name, args, flags }: CommandWords): string {
  const places = args.map(({ name, takes }) => {
    const action = { reference: "_nixoci_reference", shell: "(bash zsh fish)", anything: " " };
    return quoted(`:${name}:${action[takes]}`);
  });
  const lines = [...flags.map(flagSpec), ...places].map((spec) => `            ${spec}`);
  return `        ${name})\n          _arguments \\\n${lines.join(" \\\n")} ;;`;
}

function flagSpec({ name, short, summary, takes, repeats }: FlagWords): string {
  const text = `[${summary.replace(/[[\]\\]/g, "\\$&")}]${value(takes)}`;
  const long = takes.kind === "nothing" ? name : `${name}=`;
  if (repeats) return quoted(`*${long}${text}`);
  if (short === undefined) return quoted(`${long}${text}`);
  const brief = takes.kind === "nothing" ? short : `${short}+`;
  return `'(${short} ${name})'{${brief},${long}}${quoted(text)}`;
}

function value(takes: Taken): string {
  if (takes.kind === "one of") return `:value:(${takes.words.join(" ")})`;
  return { nothing: "", file: ":file:_files", folder: ":folder:_files -/", anything: ":value: " }[
    takes.kind
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
