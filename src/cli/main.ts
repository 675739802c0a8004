/** The command line: finds the verb, runs it, reports what went wrong, and ends the process. */
import { existsSync } from "node:fs";
import { wrapError } from "../base/errors.ts";
import type { PackageInfo } from "./help/mod.ts";
import { ANYWHERE, DASHES, HELP } from "./kit/global.ts";
import { isBrokenPipe, type OutputOwner } from "./kit/io.ts";
import { listenForSignals, stopProcess } from "./kit/interrupt.ts";
import { reportFailure } from "./kit/report.ts";
import { type LoadVerb, type VerbGroup, VERBS } from "./verbs.ts";

/** Runs the command line and exits the process with its status. */
export async function main(argv: readonly string[], info: PackageInfo): Promise<void> {
  listenForSignals();
  const output: OutputOwner = { isVerb: false };
  let hasFailed = false;
  const fail = (error: unknown): number => {
    hasFailed = true;
    const flags = argv.slice(0, [...argv, DASHES].indexOf(DASHES));
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
  // Where nothing is left that could end a wait, the process would end as if all were well.
  const halt = () => process.exit(fail(new Error("the work has come to a halt")));
  process.once("beforeExit", halt);
  const status = await runCommand(argv, info, output).then((status) => status ?? 0, fail);
  output.isVerb = false;
  process.off("beforeExit", halt);
  process.exitCode = status; // Deno never hears again of a stream that has failed, and ends
  await flushOutput(process.stdout);
  await flushOutput(process.stderr);
  stopProcess(status);
}

/** Runs the verb that the words name, or shows its help. @returns the exit status, if not 0. */
export async function runCommand(
  argv: readonly string[],
  info: PackageInfo,
  output: OutputOwner = { isVerb: false },
): Promise<void | number> {
  let words = argv;
  let wantsHelp = HELP.some((flag) =>
    words.slice(0, [...words, DASHES].indexOf(DASHES)).includes(flag)
  );
  const path: string[] = [];
  let verbs: VerbGroup["verbs"] | typeof VERBS = VERBS;
  let load: LoadVerb | undefined;
  let usual: string | undefined;
  while (load === undefined) {
    const at = words.findIndex((word) => !ANYWHERE.includes(word));
    const name = words[at];
    if (name === "help") {
      wantsHelp = true;
      words = words.toSpliced(at, 1);
      continue;
    }
    if (usual !== undefined && !wantsHelp && !Object.hasOwn(verbs, name ?? "")) {
      if (at === 0) await refuseMistyped(name!, Object.keys(verbs), path);
      words = [usual, ...words];
      usual = undefined;
      continue;
    }
    if (name === undefined) break;
    words = words.toSpliced(at, 1);
    if (!Object.hasOwn(verbs, name)) {
      const { unknownCommandError } = await import("./kit/usage.ts");
      throw unknownCommandError(name, Object.keys(verbs), path, words[0]);
    }
    path.push(name);
    const found: LoadVerb | VerbGroup = verbs[name]!;
    if (typeof found === "function") load = found;
    else ({ verbs, usual } = found);
  }
  if (wantsHelp || load === undefined) {
    const { printHelp } = await import("./help/mod.ts");
    return await printHelp(path, info);
  }
  const [{ runVerb }, { default: verb }] = await Promise.all([
    import("./kit/command.ts"),
    load(),
  ]);
  return await runVerb(path.join(" "), verb, words, output);
}

/** Refuses a word that is nearly one of the verbs, and neither a file nor a place. */
async function refuseMistyped(
  word: string,
  names: readonly string[],
  group: readonly string[],
): Promise<void> {
  if (!/^[A-Za-z]+$/.test(word) || existsSync(word)) return;
  const [{ findNearest }, { unknownCommandError }] = await Promise.all([
    import("../base/nearest.ts"),
    import("./kit/usage.ts"),
  ]);
  if (findNearest(word, names) !== undefined) throw unknownCommandError(word, names, group);
}

function flushOutput(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}
