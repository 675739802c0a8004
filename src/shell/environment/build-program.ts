/** Writes `buildDerivation`, which does in a container what Nix does to build. */
import { basename } from "node:path";
import { isVariableName, quoteWord } from "../../nix/derivation/attributes/structured.ts";
import { replacePlaceholders, type ShellDerivation, type ShellOptions } from "./options.ts";
import { BUILD_FOLDER } from "./places.ts";

/** The first characters of variables, which Bash lists by their beginnings. */
const FIRST = [..."_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"];

/** Bash's own, which nobody can set. */
const READ_ONLY = new Set(["BASHOPTS", "BASH_VERSINFO", "EUID", "PPID", "SHELLOPTS", "UID"]);

/**
 * Formats the program. It takes nothing from the container but the number of cores, and the
 * variables that the derivation names as impure.
 */
export function formatBuildProgram(
  shell: ShellDerivation,
  environment: ReadonlyMap<string, string>,
  options: ShellOptions,
): string {
  const { derivation, outputs } = shell;
  const { name, builder } = derivation;
  if (builder.startsWith("builtin:")) return formatRefusal(name, builder, options);
  const words = [builder, ...derivation.args].map((word) => formatWord(word, shell));
  return [
    `#!${options.shell}`,
    `cd ${BUILD_FOLDER} || exit`,
    `for variable in ${FIRST.map((first) => `\${!${first}*}`).join(" ")}; do`,
    '  export -n "$variable" 2>/dev/null',
    "done",
    'for word in $(declare -F); do export -nf -- "$word" 2>/dev/null; done',
    ...[...environment].filter(([variable]) => canExport(variable))
      .map(([variable, value]) => `export ${variable}=${formatWord(value, shell)}`),
    ...(environment.has("NIX_BUILD_CORES")
      ? []
      : ['export NIX_BUILD_CORES="${NIX_BUILD_CORES-1}"']),
    ...listImpure(shell).map((variable) => `export ${variable}="\${${variable}-}"`),
    "umask 022",
    `(exec -a ${quoteWord(basename(builder))} ${words.join(" ")} </dev/null)`,
    "status=$?",
    '[ "$status" -eq 0 ] || exit "$status"',
    `for output in ${[...outputs.values()].map(quoteWord).join(" ")}; do`,
    '  if ! [ -e "$output" ] && ! [ -L "$output" ]; then',
    '    echo "buildDerivation: the builder has not made $output" >&2',
    "    status=1",
    "  fi",
    "done",
    'exit "$status"',
    "",
  ].join("\n");
}

function formatRefusal(name: string, builder: string, { shell }: ShellOptions): string {
  const why = `buildDerivation: ${name} is built by ${builder}, which is a part of Nix itself`;
  return `#!${shell}\necho ${quoteWord(why)} >&2\nexit 1\n`;
}

function formatWord(text: string, shell: ShellDerivation): string {
  return quoteWord(replacePlaceholders(text, shell));
}

/** Tells whether a shell can set the variable; others come from the container. */
function canExport(name: string): boolean {
  return isVariableName(name) && !READ_ONLY.has(name);
}

/** Lists the variables that come from outside; only what cannot be a secret input has any. */
function listImpure({ derivation, build }: ShellDerivation): string[] {
  const isImpure = [...derivation.outputs.values()]
    .some(({ kind }) => kind === "fixed" || kind === "impure");
  return isImpure ? build.impureEnvVars.filter(canExport) : [];
}
