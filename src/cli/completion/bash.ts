/** Completion for bash, without the help of the bash-completion package. */
import {
  type CommandWords,
  firstWords,
  type FlagWords,
  groupsOf,
  type GroupWords,
  SCHEME_WORDS,
  type Taken,
} from "./words.ts";

/** The script, to be evaluated or put into bash-completion's folder. */
export function bashScript(commands: readonly CommandWords[]): string {
  return `# bash completion for nixoci
_nixoci() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= flags= word
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] && continue
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
  case $command in
    "") COMPREPLY=($(compgen -W "${
    names(firstWords(commands))
  } help --help --version" -- "$current")); return ;;
    help) COMPREPLY=($(compgen -W "${names(firstWords(commands))}" -- "$current")); return ;;
${groupsOf(commands).map(groupCase).join("\n")}
${commands.map(flagsCase).join("\n")}
  esac
  case $previous in
${valueCases(commands).join("\n")}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  else
    case $command in
${commands.flatMap(argumentCase).join("\n")}
    esac
  fi
}
complete -F _nixoci nixoci
`;
}

function names(words: readonly { readonly name: string }[]): string {
  return words.map(({ name }) => name).join(" ");
}

function groupCase({ name, verbs }: GroupWords): string {
  const words = `${names(verbs)} --help`;
  return `    ${name}) COMPREPLY=($(compgen -W "${words}" -- "$current")); return ;;`;
}

function flagsCase({ name, flags }: CommandWords): string {
  return `    "${name}") flags="${flags.flatMap(spellings).join(" ")}" ;;`;
}

function spellings({ name, short }: FlagWords): string[] {
  return short === undefined ? [name] : [name, short];
}

/** A case for each way of taking a value; a flag takes the same in all commands. */
function valueCases(commands: readonly CommandWords[]): string[] {
  const cases = new Map<string, Set<string>>();
  for (const flag of commands.flatMap(({ flags }) => flags)) {
    if (flag.takes.kind === "nothing") continue;
    const action = values(flag.takes);
    const patterns = cases.get(action) ?? new Set();
    for (const spelling of spellings(flag)) patterns.add(spelling);
    cases.set(action, patterns);
  }
  return [...cases].map(([action, patterns]) =>
    `    ${[...patterns].join("|")}) ${action}return ;;`
  );
}

function values(takes: Taken): string {
  const fill = (what: string) => `COMPREPLY=($(compgen ${what} -- "$current")); `;
  if (takes.kind === "one of") return fill(`-W "${takes.words.join(" ")}"`);
  if (takes.kind === "file") return `compopt -o filenames; ${fill("-f")}`;
  return takes.kind === "folder" ? `compopt -o filenames; ${fill("-d")}` : "";
}

function argumentCase({ name, args }: CommandWords): string[] {
  const takes = args[0]?.takes;
  if (takes === "reference") {
    const fill = `COMPREPLY=($(compgen -W "${SCHEME_WORDS.join(" ")}" -- "$current"))`;
    return [`      "${name}") compopt -o nospace; ${fill} ;;`];
  }
  if (takes === "file") return [`      "${name}") ${values({ kind: "file" })};;`];
  if (takes !== "shell") return [];
  return [`      "${name}") COMPREPLY=($(compgen -W "bash zsh fish" -- "$current")) ;;`];
}
