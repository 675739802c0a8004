/** Proves, before an image is made, that its services can run in it. */
import { posix } from "node:path";
import { NixociError } from "../base/errors.ts";
import { type Accounts, findGroupAccount, findUserAccount } from "./accounts/mod.ts";
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
  readonly accounts: Accounts;
  /** The folders of the container's PATH. */
  readonly path: readonly string[];
  /** The program that reads scripts which do not say who reads them. */
  readonly scriptShell: string;
}

/** The names of fields in a SPEC, where they are other ones. */
const NAMES: Readonly<Record<string, string>> = { start: "execStart", logger: "execLogger" };

/**
 * Proves that the programs of a service, and those that read its scripts, are in the image, and that
 * its user and groups are.
 * @throws NixociError `NOT_FOUND`, with where the service was said.
 */
export async function checkService(service: Service, image: CheckedImage): Promise<void> {
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
  if (found === undefined) throw missingError(name, at, folders, image);
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
  if (image.findProgram(program) === undefined) throw readerError(what, program, at, image);
  if (!isEnv || folders.some((folder) => image.findProgram(`${folder}/${argument}`))) return;
  throw readerError(what, argument, at, image);
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
  for (const one of [...group === undefined ? [] : [group], ...extraGroups]) {
    if (isNumber(one) || findGroupAccount(accounts, one) || makesUser && one === user) continue;
    throw new NixociError("NOT_FOUND", `${origin}.group: ${runsOn} has no group ${one}`, {
      hint: hintOf(`groups.${one}`),
    });
  }
}

function missingError(
  name: string,
  at: string,
  folders: readonly string[],
  { runsOn }: CheckedImage,
): NixociError {
  const where = name.startsWith("/") ? "" : `: it is not in ${folders.join(", ")}`;
  const message = `${at}: ${runsOn} has no program ${JSON.stringify(name)}${where}`;
  return new NixociError("NOT_FOUND", message, {
    hint: runsOn === "the image"
      ? "name its whole path in the image, or bring what has it: deps, copyToRoot, run"
      : "name its whole path, or install it",
  });
}

function readerError(
  what: string,
  program: string,
  at: string,
  { runsOn }: CheckedImage,
): NixociError {
  const isImage = runsOn === "the image";
  const message = `${at}: ${what} is read by ${program}, which is not ${
    isImage ? "in" : "on"
  } ${runsOn}`;
  return new NixociError("NOT_FOUND", message, {
    hint: `${
      isImage ? "bring it (deps, copyToRoot, run)" : "install it"
    }, or change the first line`,
  });
}
