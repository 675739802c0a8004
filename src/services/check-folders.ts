/** Proves that the folders which a service names are there when it starts. */
import { posix } from "node:path";
import { NixociError } from "../base/errors.ts";
import { findUserAccount } from "./accounts/mod.ts";
import type { CheckedImage } from "./checked-image.ts";
import { STATE_FOLDER } from "./init/make.ts";
import type { Service } from "./service.ts";

/**
 * Proves that its working directory and the folders of its PATH are there, or will be, and that it makes
 * none that is the init's.
 * @param made folders that services make, of which one may work in what another one has made.
 * @throws NixociError `NOT_FOUND` or `USAGE`, with where it was said.
 */
export function checkFolders(
  service: Service,
  made: readonly string[],
  image: CheckedImage,
): void {
  checkOwnFolder(service, image);
  checkWorkingDirectory(service, made, image);
  checkPath(service, made, image);
}

/** Folders that every container has; what is in them is made there. */
const MOUNTS = ["/dev", "/proc", "/run", "/sys", "/tmp", "/var/run"];

function isWithin(place: string, folder: string): boolean {
  return place === folder || place.startsWith(`${folder}/`);
}

/** Tells whether a folder that is not in the image is there when services start. */
function isMadeLater(place: string, made: readonly string[], { mounts }: CheckedImage): boolean {
  return made.some((one) => isWithin(one, place)) ||
    [...MOUNTS, ...mounts].some((folder) => isWithin(place, folder));
}

/** Proves that no service takes the init's own folder, which would go with it. */
function checkOwnFolder({ origin, folders = [] }: Service, { runsOn }: CheckedImage): void {
  if (runsOn !== "the image" || !folders.some(({ path }) => isWithin(path, STATE_FOLDER))) return;
  throw new NixociError("USAGE", `${origin}: ${STATE_FOLDER} is the init's own folder`, {
    hint: "take another name for its runtimeDirectory",
  });
}

/** Proves that the folders of its PATH are in the image. */
function checkPath(
  { origin, path = [] }: Service,
  made: readonly string[],
  image: CheckedImage,
): void {
  for (const folder of path) {
    const kind = image.kindOf(folder);
    if (kind === "folder" || kind === undefined && isMadeLater(folder, made, image)) continue;
    const what = kind ? `${folder} is not a folder` : `${image.runsOn} has no folder ${folder}`;
    throw new NixociError("NOT_FOUND", `${origin}.path: ${what}`, {
      hint: "name a store path, or a folder whose bin has the programs",
    });
  }
}

function checkWorkingDirectory(
  { origin, user, workingDirectory }: Service,
  made: readonly string[],
  image: CheckedImage,
): void {
  const { runsOn, kindOf, accounts } = image;
  if (workingDirectory === undefined || workingDirectory.optional) return;
  const home = user === undefined ? undefined : findUserAccount(accounts, user)?.home;
  const said = workingDirectory.path === "~" ? home ?? "/" : workingDirectory.path;
  const path = posix.normalize(said).replace(/(?<=.)\/$/, "");
  const kind = kindOf(path);
  if (kind === "folder") return;
  if (kind === undefined && isMadeLater(path, made, image)) return;
  const what = kind === undefined ? `${runsOn} has no folder ${path}` : `${path} is not a folder`;
  throw new NixociError("NOT_FOUND", `${origin}.workingDirectory: ${what}`, {
    hint: runsOn === "the image"
      ? "bring it (copyToRoot, run), make it (stateDirectory, a home), or name a volume " +
        "(config.Volumes) there"
      : "make it, or name another",
  });
}
