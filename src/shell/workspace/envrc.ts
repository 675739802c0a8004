/**
 * Writes `.envrc`, which has direnv bring a derivation's environment into a person's own shell.
 * @see https://direnv.net/man/direnv-stdlib.1.html
 */
import { NixociError } from "../../base/errors.ts";
import { quoteWord } from "../../nix/derivation/attributes/structured.ts";

/** The name of the file. */
export const ENVRC_FILE = ".envrc";

/** The first line of a file of ours, which may be written anew. */
const MARK = "# Made by nixoci shell --direnv.";

/** The parts of the file. */
export interface EnvrcFields {
  /** The words that print the environment. */
  readonly command: readonly string[];
  /** The files whose change asks for another environment. */
  readonly watched: readonly string[];
  /** Remarks for those who read it. */
  readonly remarks: readonly string[];
}

/**
 * Formats the file. Nothing is kept from one time to the next, so that nothing can be stale.
 * @param before the file's text, if it is there.
 * @throws NixociError `USAGE` when somebody else has written it.
 */
export function formatEnvrc(
  { command, watched, remarks }: EnvrcFields,
  before: string | undefined,
): string {
  const words = command.map((word) => /^[\w./:=@-]+$/.test(word) ? word : quoteWord(word));
  const lines = [
    ...watched.map((file) => `watch_file ${quoteWord(file)}`),
    `environment=$(${words.join(" ")}) || exit`,
    'eval "$environment"',
    "unset environment",
  ];
  if (before !== undefined && !before.startsWith(MARK)) {
    throw new NixociError("USAGE", `Cannot write ${ENVRC_FILE}: it is there, and not ours`, {
      hint: `add to it: ${lines.join("; ")}`,
    });
  }
  return [MARK, ...remarks.map((remark) => `# ${remark}`), ...lines, ""].join("\n");
}
