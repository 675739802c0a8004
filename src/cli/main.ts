/** The command line: finds the verb, runs it, reports what went wrong, and ends the process. */
import { wrapError } from "../base/errors.ts";
import { globalFlags, runVerb } from "./kit/command.ts";
import { isBrokenPipe, type OutputOwner } from "./kit/io.ts";
import type { PackageInfo } from "./help.ts";
import { listenForSignals } from "./kit/interrupt.ts";
import { reportFailure } from "./kit/report.ts";
import { type LoadVerb, VERBS } from "./verbs.ts";

/** Runs the command line and exits the process with its status. */
export async function main(argv: readonly string[], info: PackageInfo): Promise<void> {
  listenForSignals();
  const output: OutputOwner = { isVerb: false };
  let hasFailed = false;
  const fail = (error: unknown): number => {
    hasFailed = true;
    const flags = takeWordsBeforeDashes(argv);
    const how = { json: flags.includes("--json"), debug: flags.includes("--debug") };
    const { text, status } = reportFailure(error, how);
    process.stderr.write(text);
    return status;
  };
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // The owner of the output reports it; and one failure is enough.
    if (output.isVerb || hasFailed) return;
    if (isBrokenPipe(error)) process.exit(0); // `| head` has what it wants
    process.exit(fail(wrapError(error, "Cannot write to standard output")));
  });
  process.stderr.on("error", () => {});
  const status = await runCommand(argv, info, output).then((status) => status ?? 0, fail);
  output.isVerb = false;
  process.exitCode = status; // Deno never hears again of a stream that has failed, and ends
  await flushOutput(process.stdout);
  await flushOutput(process.stderr);
  process.exit(status);
}

/** Runs the verb that the words name, or shows its help. @returns the exit status, if not 0. */
export async function runCommand(
  argv: readonly string[],
  info: PackageInfo,
  output: OutputOwner = { isVerb: false },
): Promise<void | 1> {
  const words = argv[0] === "help" ? argv.slice(1) : argv;
  const wantsHelp = words !== argv ||
    takeWordsBeforeDashes(words).some((word) => HELP.includes(word));
  const { path, load, rest } = await findVerb(words);
  if (wantsHelp || load === undefined) {
    const { printHelp } = await import("./help.ts");
    return await printHelp(path, info);
  }
  const { default: verb } = await load();
  return await runVerb(path.join(" "), verb, rest, output);
}

/** A verb as words name it, and the words after it; nothing to load is a group, or none at all. */
interface NamedVerb {
  readonly path: readonly string[];
  readonly load?: LoadVerb;
  readonly rest: readonly string[];
}

async function findVerb(words: readonly string[]): Promise<NamedVerb> {
  const path: string[] = [];
  for (let verbs = VERBS, rest = words;;) {
    const [name, ...after] = moveVerbFirst(rest);
    if (name === undefined) return { path, rest };
    if (!Object.hasOwn(verbs, name)) {
      const { unknownCommandError } = await import("./kit/usage.ts");
      throw unknownCommandError(name, Object.keys(verbs), path, after[0]);
    }
    const verb = verbs[name]!;
    path.push(name);
    rest = after;
    if (typeof verb === "function") return { path, load: verb, rest };
    verbs = verb.verbs;
  }
}

const HELP = ["--help", "-h"];

/** Flags of every verb may also stand before it: here they come after it. */
function moveVerbFirst(words: readonly string[]): [string | undefined, ...string[]] {
  const everywhere = Object.entries(globalFlags)
    .flatMap(([name, { char }]) => [`--${name}`, ...(char === undefined ? [] : [`-${char}`])]);
  const at = words.findIndex((word) => !HELP.includes(word) && !everywhere.includes(word));
  const [before, rest] = at === -1 ? [words, []] : [words.slice(0, at), words.slice(at + 1)];
  return [words[at], ...before, ...rest];
}

/** Returns the words before `--`, after which nothing is a flag. */
function takeWordsBeforeDashes(words: readonly string[]): readonly string[] {
  const end = words.indexOf("--");
  return end === -1 ? words : words.slice(0, end);
}

function flushOutput(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}
