/** Words that the command line knows before it has loaded a verb. */

/** Flags of every verb. */
export const GLOBAL = {
  quiet: { char: "q", summary: "Print nothing but the result" },
  json: { summary: "Print the result as one JSON value" },
  debug: { summary: "On failure, print the chain of causes" },
} as const;

/** Words that ask for the help. */
export const HELP: readonly string[] = ["--help", "-h"];

/** All of these flags as words, which may also stand before the verb. */
export const ANYWHERE: readonly string[] = Object.entries(GLOBAL)
  .flatMap(([name, flag]) => [`--${name}`, ...("char" in flag ? [`-${flag.char}`] : [])])
  .concat(HELP);

/** The word behind which nothing is a flag. */
export const DASHES = "--";
