/** Places in a shell image, which stay the same from image to image. */

/** The folder that builds happen in, and the home of the user by default. */
export const BUILD_FOLDER = "/build";

/** Tells whether a path is in a folder that every image has of its own, or that engines make. */
export function isOfImage(path: string): boolean {
  return /^\/(?:$|(?:bin|dev|etc|lib|lib64|nix|proc|run|sys|usr)(?:\/|$))/.test(path);
}

/** The file that a Bash reads to have the derivation's environment: variables, functions, hook. */
export const ENVIRONMENT_FILE = "/etc/nix-shell/environment";

/** The file that the image's command reads: the environment, and what it was asked to run. */
export const RC_FILE = "/etc/nix-shell/rc";

/** Files that a Bash reads by itself; which of them depends on who has compiled it. */
export const PROFILE_FILES = ["/etc/profile", "/etc/bashrc", "/etc/bash.bashrc"];

/** The folder of the image's own programs. */
export const PROGRAMS_FOLDER = "/usr/local/bin";

/** The program that builds the derivation. */
export const BUILD_PROGRAM = `${PROGRAMS_FOLDER}/buildDerivation`;

/** The program that runs its arguments in the derivation's environment. */
export const ENTER_PROGRAM = `${PROGRAMS_FOLDER}/in-nix-shell`;
