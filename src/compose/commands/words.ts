/** The words that a command is started with. */
import { posix } from "node:path";
import type { RunFields } from "../../image/config/run-config.ts";
import { type SandboxCommand, SCRIPT_PATH } from "../../sandbox/command.ts";
import type { SpecCommand } from "./command.ts";

/** The shell of images that name none. */
const SHELL = ["/bin/sh", "-c"];

/** Shells that can read a script from a file. */
const READERS = /^(?:ash|bash|dash|ksh|sh|zsh)$/;

/**
 * Returns the words. A text goes to the image's shell in a file, so that it may be long and nobody
 * sees it in a list of processes; shells of other kinds get it as a word, as Docker gives it.
 */
export function wordsOf(
  { run }: SpecCommand,
  { Shell: named }: RunFields,
): Pick<SandboxCommand, "argv" | "script"> {
  if (typeof run !== "string") return { argv: run };
  const shell = named && named.length > 0 ? named : SHELL;
  const reads = READERS.test(posix.basename(shell[0]!)) && shell.at(-1)?.endsWith("c") === true;
  return reads ? { argv: [...shell, `. ${SCRIPT_PATH}`], script: run } : { argv: [...shell, run] };
}
