/** Writes the files that bring a Bash into the environment of a derivation. */
import { quoteWord } from "../../nix/derivation/attributes/structured.ts";
import { firstFoldersOf } from "./variables.ts";
import type { ShellOptions } from "./options.ts";
import { ENVIRONMENT_FILE, RC_FILE } from "./places.ts";

/** Formats the file that the image's shell reads: the environment, then its command, if any. */
export function formatRc({ command, run }: ShellOptions): string {
  const script = command ?? run;
  const lines = [`source ${ENVIRONMENT_FILE}`];
  // As it is, on a line of its own: it may be several lines, or end in a comment.
  if (script !== undefined) lines.push(script, "exit");
  return `${lines.join("\n")}\n`;
}

/**
 * Formats the file that has the environment: nix-shell's, without what belongs to a person's own
 * machine.
 */
export function formatEnvironmentFile(options: ShellOptions): string {
  const shell = quoteWord(options.shell);
  const first = quoteWord(firstFoldersOf(options).join(":"));
  const last = (options.lastPrograms ?? []).map((folder) => `:${folder}`).join("");
  return [
    // Where several files of a shell read this one, the first counts.
    'if [ -n "${nixShellEnvironment-}" ]; then return 0; fi',
    "nixShellEnvironment=1",
    // The builder's setup makes one of its own; without, only what stands here is searched.
    "unset PATH",
    "dontAddDisableDepTrack=1",
    'if [ -e "${NIX_ATTRS_SH_FILE-}" ]; then source "$NIX_ATTRS_SH_FILE"; fi',
    'if [ -e "${stdenv-}/setup" ]; then source "$stdenv/setup"; fi',
    `export PATH=${first}\${PATH:+:$PATH}${last && quoteWord(last)}`,
    `SHELL=${shell}`,
    `BASH=${shell}`,
    // A hook that fails must not take the shell with it.
    "set +e",
    'if [ -n "${PS1-}" ] && [ -z "${NIX_SHELL_PRESERVE_PROMPT-}" ]; then',
    `  PS1='${PROMPT}'`,
    "fi",
    'if [ "$(type -t runHook)" = function ]; then runHook shellHook; fi',
    "unset NIX_ENFORCE_PURITY",
    "shopt -u nullglob",
    "shopt -s execfail",
    "",
  ].join("\n");
}

const PROMPT = String.raw`\n\[\033[1;32m\][nix-shell:\w]\$\[\033[0m\] `;

/**
 * Formats the files that a Bash reads by itself: as a login shell, or an interactive one. Where
 * nobody sits there, a hook that asks something gets no answer: editors wait for such shells.
 */
export function formatProfile(): string {
  return [
    'if [ -n "${BASH_VERSION-}" ]; then',
    `  if [ -t 0 ]; then . ${ENVIRONMENT_FILE}; else . ${ENVIRONMENT_FILE} </dev/null; fi`,
    "fi",
    "",
  ].join("\n");
}

/** Formats the program that runs its arguments in the environment; without any, a shell. */
export function formatEnterProgram(options: ShellOptions): string {
  const shell = quoteWord(options.shell);
  return [
    `#!${options.shell}`,
    `if [ "$#" -eq 0 ]; then exec ${shell} --rcfile ${RC_FILE}; fi`,
    `source ${ENVIRONMENT_FILE}`,
    // Functions of the builder's setup, such as buildPhase, live in this process alone.
    'if [ "$(type -t -- "$1")" = function ]; then "$@"; else exec "$@"; fi',
    "",
  ].join("\n");
}
