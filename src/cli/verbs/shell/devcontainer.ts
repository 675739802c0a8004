/** `nixoci shell --devcontainer`: an image to develop in, and the file by which editors find it. */
import { mkdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { listContainers, removeContainer } from "../../../../transports/daemon/containers.ts";
import type { Engine } from "../../../../transports/daemon/engine.ts";
import { fullNameOf } from "../../../../transports/lib/docker-archive/names.ts";
import { parsePlace } from "../../../../transports/reference.ts";
import { NixociError } from "../../../base/errors.ts";
import { writeAtomicFile } from "../../../bytes/disk/atomic.ts";
import { readSmallFileIfThere } from "../../../bytes/disk/small-file.ts";
import { formatReference } from "../../../image/reference.ts";
import {
  CONFIGURATION_FILE,
  type ContainerFields,
  writeConfiguration,
} from "../../../shell/workspace/configuration.ts";
import type { GivenFlag } from "../../kit/command.ts";
import type { Io } from "../../kit/io.ts";
import { chooseWord, formatWordIn, resolveDerivation } from "./derivation.ts";
import { hasShellImage, isEnginePlace, withEngine } from "./engine.ts";
import type { ShellFlags } from "./flags.ts";
import { computeKey, KEY_LABEL } from "./key.ts";
import { deliverShell } from "./run.ts";
import { readWords } from "./words.ts";

/** Labels by which the dev container CLI finds its containers again: it looks at nothing else. */
const FOLDER_LABEL = "devcontainer.local_folder";
const FILE_LABEL = "devcontainer.config_file";

/** The words of the verb. */
export interface DevcontainerWords {
  readonly drv: string | undefined;
  readonly destination: string;
  /** The folder that people develop in. */
  readonly folder: string;
  readonly given: readonly GivenFlag[];
}

/**
 * Makes the image where it is not there already, and has the file name it. Nothing is said, built or
 * written where nothing has changed.
 */
export async function makeDevcontainer(
  asked: DevcontainerWords,
  flags: ShellFlags,
  io: Io,
): Promise<void> {
  const folder = resolve(asked.folder);
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw new NixociError("NOT_FOUND", `There is no folder ${asked.folder}`);
  }
  const place = parsePlace(asked.destination, { lasting: true });
  if (place.scheme === "registry") return await pushForEditors(asked, folder, flags, io);
  if (!isEnginePlace(place) || place.location === "") {
    throw new NixociError("USAGE", `Engines cannot start ${asked.destination}`, {
      hint: "name one in the engine, as daemon:app-env, or in a registry",
    });
  }
  // In full: Podman takes a short one in a Containerfile for another.
  const image = fullNameOf(place.location);
  const words = readWords(asked.drv, flags, io);
  const file = await resolveDerivation(words);
  const key = await computeKey(file, asked.given);
  const draft = await draftFile({ image, initializeCommand: listWords(asked, folder) }, folder);
  await withEngine(place.scheme, io, async (engine) => {
    const containers = await listOwn(engine, folder);
    const [current, former] = [true, false].map((isCurrent) =>
      containers.filter(({ labels }) => (labels[KEY_LABEL] === key) === isCurrent)
    );
    if (current!.length === 0 && !await hasShellImage(engine, image, key)) {
      const others = { isForEditors: true, labels: { [KEY_LABEL]: key } };
      await deliverShell(file, words, asked.destination, flags, io, others);
    }
    if (words.drv?.startsWith("/nix/store/")) {
      io.notice("the derivation is always this one; name shell.nix instead, to follow its changes");
    }
    await writeDraft(draft);
    for (const { id } of former!) {
      await removeContainer(engine, id);
      io.notice(`the container ${id.slice(0, 12)} had a former image, and is removed`);
    }
  });
}

/** Makes the image in a registry: the file names it by its digest, and nobody else has to make it. */
async function pushForEditors(
  { drv, destination }: DevcontainerWords,
  folder: string,
  flags: ShellFlags,
  io: Io,
): Promise<void> {
  const words = readWords(drv, flags, io);
  const { host, repository } = parsePlace(destination).image!;
  await draftFile({ image: formatReference({ host, repository }) }, folder); // refuses in time
  const file = await resolveDerivation(words);
  const others = { isForEditors: true };
  const { images } = await deliverShell(file, words, destination, flags, io, others);
  const { digest } = images[0]!.descriptor;
  await writeDraft(
    await draftFile({ image: formatReference({ host, repository, digest }) }, folder),
  );
}

async function listOwn(engine: Engine, folder: string) {
  const containers = await listContainers(engine, FOLDER_LABEL, folder);
  const file = join(folder, CONFIGURATION_FILE);
  return containers.filter(({ labels }) => (labels[FILE_LABEL] ?? file) === file);
}

/** Flags that are this machine's, or of the one time. */
const OWN_FLAGS = new Set([
  ...["devcontainer", "direnv", "quiet", "json", "debug", "progress", "jobs", "tmpdir"],
  ...["digest-file", "host", "dest-host", "src-host"],
]);

/** Flags whose values are paths on this machine. */
const PATH_FLAGS = new Set(["store", "closure"]);

/** Lists the words that do all of this again, from the folder. */
function listWords({ drv, destination, given }: DevcontainerWords, folder: string): string[] {
  const flags = given.filter(({ flag }) => !OWN_FLAGS.has(flag)).flatMap(({ flag, input }) => {
    if (input === `--${flag}` || input === flag) return [`--${flag}`];
    return [`--${flag}`, PATH_FLAGS.has(flag) ? resolve(input) : input];
  });
  return [
    ...["nixoci", "shell", formatWordIn(chooseWord(drv), folder), destination],
    ...["--devcontainer", ".", "--quiet"],
    ...flags,
  ];
}

/** The file as it is to be; nothing is written before the image is there. */
interface FileDraft {
  readonly path: string;
  readonly before: string | undefined;
  readonly text: string;
}

async function draftFile(fields: ContainerFields, folder: string): Promise<FileDraft> {
  const path = join(folder, CONFIGURATION_FILE);
  const before = (await readSmallFileIfThere(path))?.toString("utf8");
  const workspace = { name: basename(folder), isOfRoot: (await stat(folder)).uid === 0 };
  return { path, before, text: writeConfiguration(fields, workspace, before) };
}

async function writeDraft({ path, before, text }: FileDraft): Promise<void> {
  if (text === before) return;
  await mkdir(dirname(path), { recursive: true });
  await writeAtomicFile(path, text, { follow: true });
}
