/** Finds the programs of an image that the init needs. */
import { NixociError } from "../../base/errors.ts";
import { type InitTools, POSIX_PROGRAMS, type RunsOn, S6_PROGRAMS, SHELLS } from "./tools.ts";

/** Tells whether there is a program at a path. */
export type IsProgram = (path: string) => boolean;

/**
 * Finds the tools of the init.
 * @param folders where to look, first what counts first.
 * @throws NixociError `NOT_FOUND`, with how to bring what is missing.
 */
export function findInitTools(
  folders: readonly string[],
  has: IsProgram,
  runsOn: RunsOn,
): InitTools {
  const missingError = (names: readonly string[], places: readonly string[], hint: string) =>
    createLackError(names, places, { hint, runsOn });
  const find = (name: string) => folders.find((folder) => has(`${folder}/${name}`));
  const s6 = find(S6_PROGRAMS[0]);
  if (s6 === undefined) throw missingError(["s6-svscan"], folders, S6_HINT);
  const lacking = S6_PROGRAMS.filter((name) => !has(`${s6}/${name}`));
  if (lacking.length > 0) throw missingError(lacking, [s6], S6_HINT);
  const shell = findShell(folders, has);
  if (shell === undefined) throw missingError(["sh"], folders, POSIX_HINT);
  const places = POSIX_PROGRAMS.map((name) => ({ name, folder: find(name) }));
  const gone = places.filter(({ folder }) => folder === undefined).map(({ name }) => name);
  if (gone.length > 0) throw missingError(gone, folders, POSIX_HINT);
  const placeOf = (name: string) => `${places.find((one) => one.name === name)!.folder}/${name}`;
  const [folder, nice] = [find("bash"), find("nice")];
  const bash = has("/bin/bash") ? "/bin/bash" : folder && `${folder}/bash`;
  return {
    s6,
    shell,
    scriptShell: bash ?? shell,
    path: [...new Set([s6, ...places.map(({ folder }) => folder!)])],
    env: placeOf("env"),
    ...(nice && { nice: `${nice}/nice` }),
    hears: has(`${s6}/s6-socklog`),
    ...(bash && { bash }),
  };
}

const S6_HINT = "name s6 in init.packages (a store path or a folder), or install it there: " +
  "apt-get install s6, apk add s6; or write init: none";
const POSIX_HINT =
  "name what has it in init.packages: bash or dash, coreutils, gnugrep and gnused " +
  "of nixpkgs, or busybox";

function findShell(folders: readonly string[], has: IsProgram): string | undefined {
  const all = folders.flatMap((folder) => SHELLS.map((name) => `${folder}/${name}`));
  // Programs of the image may call /bin/sh: it is there, or one is found elsewhere.
  return has("/bin/sh") ? "/bin/sh" : all.find(has);
}

function createLackError(
  names: readonly string[],
  folders: readonly string[],
  { hint, runsOn }: { readonly hint: string; readonly runsOn: RunsOn },
): NixociError {
  const where = folders.length > 0 ? folders.slice(0, 8).join(", ") : "any folder";
  const message = `init: ${runsOn} has no ${names.join(", ")} in ${where}`;
  return new NixociError("NOT_FOUND", message, { hint });
}
