/** `nixoci shell -- COMMAND`: a container of the image, with the folder that one is in. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Engine } from "../../../../transports/daemon/engine.ts";
import { fullNameOf } from "../../../../transports/lib/docker-archive/names.ts";
import { NixociError } from "../../../base/errors.ts";
import { readDerivation } from "../../../nix/derivation/read.ts";
import { STORE_DIR } from "../../../nix/formats/store-path.ts";
import { makeImageName } from "../../../shell/environment/checks.ts";
import { BUILD_FOLDER, isOfImage } from "../../../shell/environment/places.ts";
import type { GivenFlag } from "../../kit/command.ts";
import type { Io } from "../../kit/io.ts";
import { resolveDerivation } from "./derivation.ts";
import { hasShellImage, withEngine } from "./engine.ts";
import type { ShellFlags } from "./flags.ts";
import { computeKey, KEY_LABEL } from "./key.ts";
import { explainStart } from "./program.ts";
import { deliverShell } from "./run.ts";
import { readWords } from "./words.ts";

/** The words of the verb. */
export interface ContainerWords {
  readonly drv: string | undefined;
  /** Runs in the derivation's environment; where it is empty, an interactive shell does. */
  readonly command: readonly string[];
  readonly given: readonly GivenFlag[];
}

/** The user in the container, so that files in the folder are those of the person. */
interface Person {
  readonly uid: number;
  readonly gid: number;
  /** Words for the engine. */
  readonly flags: readonly string[];
}

/**
 * Runs a command in the environment, with the working folder at its own place. An image that an
 * earlier run has made is used again: that it is there is all that is asked.
 * @returns the command's exit status.
 */
export async function runInContainer(
  { drv, command, given }: ContainerWords,
  flags: ShellFlags,
  io: Io,
): Promise<number> {
  const folder = checkFolder(process.cwd());
  const words = readWords(drv, flags, io);
  const file = await resolveDerivation(words);
  const program = flags.engine ?? "docker";
  return await withEngine(program === "podman" ? "podman" : "daemon", io, async (engine) => {
    checkProgram(engine, program);
    const person = await describePerson(engine, program, flags);
    const { uid, gid } = person;
    const key = await computeKey(file, given, { uid, gid });
    const image = fullNameOf(`${flags.name ?? await readName(file, flags)}:${key}`);
    if (!await hasShellImage(engine, image, key)) {
      const others = { labels: { [KEY_LABEL]: key }, uid, gid };
      const place = `${engine.isPodman ? "podman" : "daemon"}:${image}`;
      const silent = { ...io, print: () => {} };
      await deliverShell(file, words, place, flags, silent, others);
    }
    const name = `nixoci-shell-${randomBytes(6).toString("hex")}`;
    const args = [
      ...[program === "podman" ? "--url" : "--host", engine.address, "run", "--rm"],
      ...["--name", name, "--interactive", ...isTerminal() ? ["--tty"] : []],
      ...person.flags,
      ...["--mount", formatMount(folder), "--workdir", folder, image],
      ...command.length > 0 ? ["in-nix-shell", ...command] : [],
    ];
    return await runEngine({ program, address: engine.address, name, args }, io.signal);
  });
}

function checkFolder(folder: string): string {
  if (!isOfImage(folder) && !`${folder}/`.startsWith(`${BUILD_FOLDER}/`)) return folder;
  throw new NixociError("USAGE", `${folder} cannot be mounted: the image has its own there`, {
    hint: "run it in the folder of a project",
  });
}

/** Refuses Podman's command line for another engine; Docker's talks to both. */
function checkProgram({ address, isPodman }: Engine, program: string): void {
  if (program !== "podman" || isPodman) return;
  throw new NixociError("USAGE", `The engine at ${address} is not Podman`, {
    hint: "leave out --engine, or name Podman's socket with --host",
  });
}

/** Reads the name that the image gets. */
async function readName(file: string, { store: root = "/" }: ShellFlags): Promise<string> {
  const name = /^[0-9a-df-np-sv-z]{32}-(.*)\.drv$/.exec(basename(file))?.[1];
  if (name !== undefined) return makeImageName(name);
  const store = { storeDir: STORE_DIR, realPath: (path: string) => join(root, path) };
  return makeImageName((await readDerivation(file, store)).derivation.name);
}

const DEFAULT_ID = 1000;

/** Describes the person to the engine: of one that a person runs alone, root is that person. */
async function describePerson(
  { address }: Engine,
  program: string,
  { uid, gid }: ShellFlags,
): Promise<Person> {
  const own = process.getuid?.() ?? DEFAULT_ID;
  const group = process.getgid?.() ?? DEFAULT_ID;
  const socket = /^unix:\/\/(.*)$/.exec(address)?.[1];
  const isOwn = own !== 0 && socket !== undefined && (await stat(socket)).uid === own;
  const keepsId = isOwn && program === "podman";
  const isRoot = own === 0 || isOwn && !keepsId;
  return {
    uid: uid ?? (isRoot ? DEFAULT_ID : own),
    gid: gid ?? (isRoot ? DEFAULT_ID : group),
    flags: [
      ...keepsId ? ["--userns=keep-id"] : [],
      ...[
        "--user",
        uid !== undefined ? `${uid}:${gid ?? DEFAULT_ID}` : isRoot ? "0:0" : `${own}:${group}`,
      ],
    ],
  };
}

function isTerminal(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}

/** Formats a mount as engines read it: comma-separated values. */
function formatMount(folder: string): string {
  const fields = ["type=bind", `source=${folder}`, `target=${folder}`];
  return fields.map((field) => /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)
    .join(",");
}

/** A run of an engine's own command line. */
interface EngineRun {
  readonly program: string;
  readonly address: string;
  /** The container's name. */
  readonly name: string;
  readonly args: readonly string[];
}

/** Runs it in our place: with our terminal, and to its exit status. */
async function runEngine(
  { program, address, name, args }: EngineRun,
  signal: AbortSignal,
): Promise<number> {
  const child = spawn(program, args, { stdio: "inherit" });
  // What does not listen to signals would go on in its container.
  const stop = () => {
    const end = [...args.slice(0, 1), address, "rm", "--force", name];
    spawn(program, end, { stdio: "ignore", detached: true }).unref();
  };
  signal.addEventListener("abort", stop, { once: true });
  const hint = `install ${program}'s command line, or name the other one with --engine`;
  return await new Promise<number>((resolve, reject) => {
    child.on("error", (error) => reject(explainStart(error, program, hint, signal)));
    // The end that a signal brings is ours: the program's status tells how its container ended.
    child.on("close", (status) => signal.aborted ? reject(signal.reason) : resolve(status ?? 1));
  }).finally(() => signal.removeEventListener("abort", stop));
}
