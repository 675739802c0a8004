/** Completion for bash, without the help of the bash-completion package. */
import {
  type CommandWords,
  type FlagWords,
  groupsOf,
  type GroupWords,
  listFirstWords,
  SCHEME_WORDS,
  type Taken,
} from "./words.ts";

/** Formats the script, to be evaluated or put into bash-completion's folder. */
export function formatBashScript(commands: readonly CommandWords[]): string {
  return `# bash completion for nixoci
_nixoci() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= flags= help= word
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] && continue
    if [[ -z $help$command && $word == help ]]; then help=1; continue; fi
    command+=\${command:+ }$word
    [[ " ${groupsOf(commands).map(({ name }) => name).join(" ")} " == *" $command "* ]] || break
  done
  # bash breaks words at = and :
  if [[ $current == = ]]; then current=
  elif [[ $previous == = ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $current == : || $previous == : ]]; then
    compopt -o filenames
    COMPREPLY=($(compgen -f -- "\${current#:}"))
    return
  fi
  local others="help --help --version"
  [[ -n $help ]] && others=
  [[ -z $help ]] && case $command in
${groupsOf(commands).flatMap(formatUsualCases).join("\n")}
  esac
  case $command in
    "") COMPREPLY=($(compgen -W "${
    joinNames(listFirstWords(commands))
  } $others" -- "$current")); return ;;
${groupsOf(commands).map(groupCase).join("\n")}
${commands.map(formatFlagsCase).join("\n")}
  esac
  [[ -n $help ]] && return
  case "$command $previous" in
${formatValueCases(commands).join("\n")}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  else
    case $command in
${commands.flatMap(formatArgumentCase).join("\n")}
    esac
  fi
}
complete -F _nixoci nixoci
`;
}

function joinNames(words: readonly { readonly name: string }[]): string {
  return words.map(({ name }) => name).join(" ");
}

function groupCase({ name, verbs }: GroupWords): string {
  const words = `${joinNames(verbs)} \${others:+--help}`;
  return `    ${name}) COMPREPLY=($(compgen -W "${words}" -- "$current")); return ;;`;
}

/** Formats the cases in which a word is not a verb of the group: then it belongs to the usual verb. */
function formatUsualCases({ name, verbs, usual }: GroupWords): string[] {
  if (usual === undefined) return [];
  const names = verbs.map((verb) => `"${name} ${verb.name}"`).join("|");
  const taken = `command="${usual.name}"`;
  return [
    `    ${name}) compgen -W "${joinNames(verbs)} --help" -- "$current" > /dev/null || ${taken} ;;`,
    `    ${names}) ;;`,
    `    "${name} "*) ${taken} ;;`,
  ];
}

function formatFlagsCase({ name, flags }: CommandWords): string {
  return `    "${name}") flags="${flags.flatMap(spellingsOf).join(" ")}" ;;`;
}

function spellingsOf({ name, short }: FlagWords): string[] {
  return short === undefined ? [name] : [name, short];
}

/** Formats a case for each way of taking a value. Some flags take another one in another command. */
function formatValueCases(commands: readonly CommandWords[]): string[] {
  const takers = new Map<string, { command: string; action: string | undefined }[]>();
  for (const { name: command, flags } of commands) {
    for (const flag of flags) {
      const action = flag.takes.kind === "nothing" ? undefined : formatValues(flag.takes);
      for (const spelling of spellingsOf(flag)) {
        takers.set(spelling, [...takers.get(spelling) ?? [], { command, action }]);
      }
    }
  }
  const cases = new Map<string, Set<string>>();
  for (const [spelling, taking] of takers) {
    const alike = new Set(taking.map(({ action }) => action)).size === 1;
    for (const { command, action } of taking) {
      if (action === undefined) continue;
      const patterns = cases.get(action) ?? new Set();
      cases.set(action, patterns.add(alike ? `*" ${spelling}"` : `"${command} ${spelling}"`));
    }
  }
  return [...cases].map(([action, patterns]) =>
    `    ${[...patterns].join("|")}) ${action}return ;;`
  );
}

function formatValues(takes: Taken): string {
  const fill = (what: string) => `COMPREPLY=($(compgen ${what} -- "$current")); `;
  if (takes.kind === "one of") return fill(`-W "${takes.words.join(" ")}"`);
  if (takes.kind === "file") return `compopt -o filenames; ${fill("-f")}`;
  return takes.kind === "folder" ? `compopt -o filenames; ${fill("-d")}` : "";
}

/**
 * Formats for each place of the line all that may stand at one of them: flags' values are not told
 * apart.
 */
function formatArgumentCase({ name, args }: CommandWords): string[] {
  const kinds = args.map(({ takes }) => takes.kind);
  const words = args.flatMap(({ takes }) =>
    takes.kind === "one of" ? takes.words : takes.kind === "reference" ? SCHEME_WORDS : []
  );
  const what = [
    ...(kinds.includes("file") ? ["-f"] : []),
    ...(words.length > 0 ? [`-W "${[...new Set(words)].join(" ")}"`] : []),
  ].join(" ");
  if (what === "") return [];
  // A space would end a reference at its scheme; as a file name, its colon would be escaped.
  const how = kinds.includes("reference") ? "compopt -o nospace; " : formatFilenames(kinds);
  return [`      "${name}") ${how}COMPREPLY=($(compgen ${what} -- "$current")) ;;`];
}

function formatFilenames(kinds: readonly string[]): string {
  return kinds.includes("file") ? "compopt -o filenames; " : "";
}
