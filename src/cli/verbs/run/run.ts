/** The work of `nixoci run`. */
import { existsSync } from "node:fs";
import { NixociError } from "../../../base/errors.ts";
import { normalizeTime } from "../../../image/config/time.ts";
import { runOnImage } from "../../../sandbox/mod.ts";
import { deliver } from "../../delivery/mod.ts";
import type { GlobalFlags } from "../../kit/command.ts";
import type { Io } from "../../kit/io.ts";
import type { RunFlags } from "./flags.ts";

/** The words of the verb. */
export interface RunWords {
  readonly source: string;
  readonly destination: string;
  readonly argv: readonly string[];
}

/** Runs the command on the image, and stores what comes out. */
export async function runTo(
  { source, destination, argv }: RunWords,
  flags: RunFlags & GlobalFlags,
  io: Io,
): Promise<void> {
  const { timeout } = flags;
  const printed = createOutput(flags.quiet === true);
  const step = runOnImage({
    argv,
    isShellLine: flags.shell,
    env: flags.env?.map(checkVariable),
    folder: flags.workdir && checkFolder(flags.workdir),
    user: flags.user,
    network: flags.network,
    limits: {
      time: timeout === undefined ? undefined : timeout * 1000,
      size: flags["max-size"],
      processes: flags["max-processes"],
    },
    created: readCreated(flags.created, process.env["SOURCE_DATE_EPOCH"]),
    shares: existsSync(STORE) ? [{ from: STORE, at: STORE, isSpare: true }] : [],
  }, { onOutput: printed.add });
  const how = { ...flags, all: false, scoped: false, "dry-run": false };
  try {
    await deliver(source, destination, how, io, { steps: [step], picks: true });
  } catch (error) {
    printed.showHeld();
    throw error;
  }
}

/** The place of Nix's store on nearly every machine that has one. */
const STORE = "/nix/store";

/** In bytes: of what is printed, the end that a failure shows. */
const HELD = 64 * 1024;

/** Passes on what a command prints; in silence it is held, for a failure has to be explained. */
function createOutput(isQuiet: boolean) {
  let held = Buffer.alloc(0);
  return {
    add(bytes: Uint8Array): void {
      if (isQuiet) held = Buffer.concat([held, bytes]).subarray(-HELD);
      else process.stderr.write(bytes);
    },
    showHeld: () => void process.stderr.write(held),
  };
}

function checkVariable(text: string): string {
  if (/^[^=]+=/.test(text)) return text;
  throw new NixociError("USAGE", `--env: ${JSON.stringify(text)} is not NAME=value`);
}

function checkFolder(folder: string): string {
  if (folder.startsWith("/")) return folder;
  throw new NixociError("USAGE", `--workdir: ${JSON.stringify(folder)} is not an absolute path`);
}

/** Reads a time in seconds since 1970; `undefined` when nothing says one. */
function readCreated(flag: string | undefined, epoch: string | undefined): number | undefined {
  const text = flag ?? (epoch ? `@${epoch}` : undefined);
  if (text === undefined) return undefined;
  if (text === "now") return Math.floor(Date.now() / 1000);
  const seconds = /^@(\d{1,12})$/.exec(text)?.[1];
  if (seconds !== undefined) return Number(seconds);
  const time = normalizeTime(text);
  if (time !== undefined) return Math.floor(Date.parse(time) / 1000);
  const name = flag === undefined ? "SOURCE_DATE_EPOCH" : "--created";
  throw new NixociError("USAGE", `${name}: ${JSON.stringify(flag ?? epoch)} is not a time`, {
    hint: "write seconds since 1970 as @1700000000, or a date as 2024-01-31T12:00:00Z",
  });
}
