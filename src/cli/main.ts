/** The command line: finds the verb, runs it, reports what went wrong, and ends the process. */
import { run } from "@oclif/core/run";
import { commandNames, loadConfig, type PackageInfo } from "./config.ts";
import { listenForSignals } from "./interrupt.ts";
import { report } from "./report.ts";
import { unknownCommand } from "./usage.ts";

/** Runs the command line and exits the process with its status. */
export async function main(argv: readonly string[], info: PackageInfo): Promise<void> {
  listenForSignals();
  // A reader that goes away (`| head`) has what it wants: no stack trace, nothing more to do.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
  });
  process.stderr.on("error", () => {});
  let status = 0;
  try {
    await runCommand(argv, info);
  } catch (error) {
    const beforeDashes = argv.slice(0, argv.includes("--") ? argv.indexOf("--") : undefined);
    const { text, status: failed } = report(error, {
      json: beforeDashes.includes("--json"),
      debug: beforeDashes.includes("--debug"),
    });
    status = failed;
    process.stderr.write(text);
  }
  await written(process.stdout);
  await written(process.stderr);
  process.exit(status);
}

/** Runs the verb that the words name. */
export async function runCommand(argv: readonly string[], info: PackageInfo): Promise<void> {
  const words = argv[0] === "help" ? [...argv.slice(1), "--help"] : [...argv];
  const names = commandNames();
  const [first] = words;
  const isHelp = first === undefined || first === "--help" || first === "-h";
  if (!isHelp && !names.includes(first)) throw unknownCommand(first, names);
  await run(words, await loadConfig(info, isHelp ? undefined : first));
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}
