/** Proves, before an image is made, that its services can run in it. */
import { posix } from "node:path";
import { NixociError } from "../base/errors.ts";
import { type Accounts, findGroupAccount, findUserAccount } from "./accounts/mod.ts";
import { orderServices } from "./init/order.ts";
import type { RunsOn } from "./init/tools.ts";
import { type Command, listCommands, type Service } from "./service.ts";

/** A program of an image. */
export interface FoundProgram {
  /** Returns the first bytes, as Latin-1. */
  begins(): Promise<string>;
}

/** The image, or this machine, as far as services depend on it. */
export interface CheckedImage {
  readonly runsOn: RunsOn;
  findProgram(place: string): FoundProgram | undefined;
  /** Follows links, and tells what they lead to. */
  kindOf(place: string): "folder" | "file" | undefined;
  readonly accounts: Accounts;
  /** The folders of the container's PATH. */
  readonly path: readonly string[];
  /** Folders that the engine makes or mounts: what is in them is not known. */
  readonly mounts: readonly string[];
}

/** The names of fields in a SPEC, where they are other ones. */
const NAMES: Readonly<Record<string, string>> = { start: "execStart", logger: "execLogger" };

/**
 * Proves that services can be together, and that each can run.
 * @throws NixociError as {@link orderServices} and {@link checkService} do.
 */
export async function checkServices(
  services: readonly Service[],
  image: CheckedImage,
): Promise<void> {
  const ordered = orderServices(services).map(({ service }) => service);
  // One service makes folders in which another one may work.
  const made = ordered.flatMap(({ folders = [] }) => folders).map(({ path }) => path);
  for (const service of ordered) {
    checkWorkingDirectory(service, made, image);
    await checkService(service, image);
  }
}

/**
 * Proves that the programs of a service, and those that read its scripts, are in the image, and that
 * its user, its groups and its working directory are.
 * @throws NixociError `NOT_FOUND`, with where the service was said.
 */
async function checkService(service: Service, image: CheckedImage): Promise<void> {
  checkAccounts(service, image);
  const folders = listSearchedFolders(service, image.path);
  // Those of units have the unit's place.
  const isOfSpec = service.origin.startsWith("services.");
  for (const { command, field } of listCommands(service)) {
    const at = isOfSpec ? `${service.origin}.${NAMES[field] ?? field}` : service.origin;
    await checkCommand(command, at, service, folders, image);
  }
  if (service.script === undefined) return;
  await checkFirstLine(service.script, `${service.origin}.script`, "the script", folders, image);
}

function listSearchedFolders(
  { path = [], environment = {} }: Service,
  given: readonly string[],
): string[] {
  const own = environment["PATH"]?.split(":");
  return [...path.map((folder) => `${folder}/bin`), ...own ?? given];
}

async function checkCommand(
  { words, mayFail }: Command,
  at: string,
  { folders: made = [] }: Service,
  folders: readonly string[],
  image: CheckedImage,
): Promise<void> {
  const [word = []] = words;
  // What is known when it starts, or made then, is not for us to judge.
  if (mayFail || word.some(({ kind }) => kind !== "text")) return;
  const name = word.map((part) => part.kind === "text" ? part.text : "").join("");
  if (made.some(({ path }) => name.startsWith(`${path}/`))) return;
  if (name.includes("/") && !name.startsWith("/")) return;
  const places = name.startsWith("/") ? [name] : folders.map((folder) => `${folder}/${name}`);
  const found = places.map((place) => image.findProgram(place)).find((one) => one !== undefined);
  if (found === undefined) throw programError(name, at, { folders, places, image });
  await checkFirstLine(await found.begins(), at, name, folders, image);
}

/** Proves that the program which a script's first line names is in the image. */
async function checkFirstLine(
  text: string,
  at: string,
  what: string,
  folders: readonly string[],
  image: CheckedImage,
): Promise<void> {
  const [, program, argument] = /^#![ \t]*(\S+)(?:[ \t]+(\S+))?/.exec(text) ?? [];
  if (program === undefined) return await Promise.resolve();
  if (!program.startsWith("/")) return;
  const isEnv = posix.basename(program) === "env" && argument !== undefined &&
    !argument.startsWith("-");
  if (image.findProgram(program) === undefined) throw readerError(what, [program], at, image);
  const places = folders.map((folder) => `${folder}/${argument}`);
  if (!isEnv || places.some(image.findProgram)) return;
  throw readerError(what, places, at, image);
}

/** Folders that every container has; what is in them is made there. */
const MOUNTS = ["/dev", "/proc", "/run", "/sys", "/tmp", "/var/run"];

function checkWorkingDirectory(
  { origin, user, workingDirectory }: Service,
  made: readonly string[],
  { runsOn, kindOf, mounts, accounts }: CheckedImage,
): void {
  if (workingDirectory === undefined || workingDirectory.optional) return;
  const home = user === undefined ? undefined : findUserAccount(accounts, user)?.home;
  const said = workingDirectory.path === "~" ? home ?? "/" : workingDirectory.path;
  const path = posix.normalize(said).replace(/(?<=.)\/$/, "");
  const kind = kindOf(path);
  if (kind === "folder") return;
  const isBelow = (one: string, folder: string) => one === folder || one.startsWith(`${folder}/`);
  const isMade = made.some((one) => isBelow(one, path)) ||
    [...MOUNTS, ...mounts].some((folder) => isBelow(path, folder));
  if (kind === undefined && isMade) return;
  const what = kind === undefined ? `${runsOn} has no folder ${path}` : `${path} is not a folder`;
  throw new NixociError("NOT_FOUND", `${origin}.workingDirectory: ${what}`, {
    hint: runsOn === "the image"
      ? "bring it (copyToRoot, run), make it (stateDirectory, a home), or name a volume " +
        "(config.Volumes) there"
      : "make it, or name another",
  });
}

function checkAccounts(
  { origin, user, group, extraGroups = [], makesUser }: Service,
  { accounts, runsOn }: CheckedImage,
) {
  const hintOf = (field: string) =>
    `make it${runsOn === "the image" ? ` (${field} of the SPEC)` : ""}, or give a number`;
  const isNumber = (word: string) => /^\d+$/.test(word);
  if (user !== undefined && !makesUser && !isNumber(user) && !findUserAccount(accounts, user)) {
    throw new NixociError("NOT_FOUND", `${origin}.user: ${runsOn} has no user ${user}`, {
      hint: hintOf(`users.${user}`),
    });
  }
  const groups = [
    ...group === undefined ? [] : [["group", group] as const],
    ...extraGroups.map((one) => ["extraGroups", one] as const),
  ];
  for (const [field, one] of groups) {
    if (isNumber(one) || findGroupAccount(accounts, one) || makesUser && one === user) continue;
    throw new NixociError("NOT_FOUND", `${origin}.${field}: ${runsOn} has no group ${one}`, {
      hint: hintOf(`groups.${one}`),
    });
  }
}

function programError(
  name: string,
  at: string,
  { folders, places, image }: {
    readonly folders: readonly string[];
    readonly places: readonly string[];
    readonly image: CheckedImage;
  },
): NixociError {
  const { runsOn } = image;
  const wrong = describeNoProgram(places, image);
  if (wrong !== undefined) return new NixociError("NOT_FOUND", `${at}: ${wrong.is}`, wrong);
  const where = name.startsWith("/") ? "" : `: it is not in ${folders.join(", ")}`;
  const message = `${at}: ${runsOn} has no program ${JSON.stringify(name)}${where}`;
  return new NixociError("NOT_FOUND", message, {
    hint: runsOn === "the image"
      ? "name its whole path in the image, or bring what has it: deps, copyToRoot, run"
      : "name its whole path, or install it",
  });
}

/** Says what is at a place that is not a program. */
function describeNoProgram(
  places: readonly string[],
  { kindOf, runsOn }: CheckedImage,
): { readonly is: string; readonly hint: string } | undefined {
  const place = places.find((one) => kindOf(one) !== undefined);
  if (place === undefined) return undefined;
  if (kindOf(place) === "folder") {
    return { is: `${place} is a folder, not a program`, hint: "name the program in it" };
  }
  const perms = runsOn === "the image" ? ", or say so in the SPEC (perms, mode)" : "";
  return { is: `${place} is not executable`, hint: `make it so: chmod +x${perms}` };
}

function readerError(
  what: string,
  places: readonly string[],
  at: string,
  image: CheckedImage,
): NixociError {
  const isImage = image.runsOn === "the image";
  const [place = ""] = places;
  const program = places.length === 1 ? place : posix.basename(place);
  const wrong = describeNoProgram(places, image);
  const lacks = wrong?.is ?? `it is not ${isImage ? "in" : "on"} ${image.runsOn}`;
  return new NixociError("NOT_FOUND", `${at}: ${what} is read by ${program}, and ${lacks}`, {
    hint: wrong?.hint ??
      `${isImage ? "bring it (deps, copyToRoot, run)" : "install it"}, or change the first line`,
  });
}
