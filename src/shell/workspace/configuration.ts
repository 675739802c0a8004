/**
 * Writes `devcontainer.json` for a shell image.
 * @see https://containers.dev/implementors/json_reference/
 */
import { NixociError } from "../../base/errors.ts";
import { USER_NAME } from "../image/user.ts";

/** The place of the file below the folder that people develop in. */
export const CONFIGURATION_FILE = ".devcontainer/devcontainer.json";

/** The fields that follow from the image, and change with it. */
export interface ContainerFields {
  /** The image's whole name: what the CLI asks for, and what the engine calls it. */
  readonly image: string;
  /** The command that makes the image where it is not there; none for one that is in a registry. */
  readonly initializeCommand?: readonly string[] | undefined;
}

/** The users that are in every shell image. */
const USERS = [USER_NAME, "root", "nobody"];

/** The folder that people develop in. */
export interface Workspace {
  /** The name that people see. */
  readonly name: string;
  /** Tells whether its files are root's, whose number the CLI gives to no other user. */
  readonly isOfRoot: boolean;
}

/**
 * Writes the file anew, or the image and its command in the file that is there, whose other fields
 * stay.
 * @param before the file's text, if it is there.
 * @throws NixociError `USAGE` when it cannot be changed without a loss, or names a user that the
 * image has not.
 */
export function writeConfiguration(
  fields: ContainerFields,
  { name, isOfRoot }: Workspace,
  before: string | undefined,
): string {
  const own = { image: fields.image, initializeCommand: fields.initializeCommand };
  if (before === undefined) return format({ name, ...own, ...listSettings(isOfRoot) });
  const there = parseThere(before, own);
  checkUser(there["remoteUser"]);
  const wanted = { ...there, ...own };
  return format(there) === format(wanted) ? before : format(wanted);
}

/** Lists fields that a person may change: the file is written with them once. */
const listSettings = (isOfRoot: boolean) => ({
  remoteUser: isOfRoot ? "root" : USER_NAME,
  // The user gets the number of the person who starts it, so that files in the workspace are theirs.
  updateRemoteUserUID: true,
  // Read by login shells and interactive ones: there the whole environment is.
  userEnvProbe: "loginInteractiveShell",
  workspaceMount:
    "source=${localWorkspaceFolder},target=/workspaces/${localWorkspaceFolderBasename},type=bind",
  workspaceFolder: "/workspaces/${localWorkspaceFolderBasename}",
});

function format(value: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(value, null, 2) + "\n";
}

function parseThere(text: string, own: ContainerFields): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch { // it may have comments, which would be lost
    const words = Object.entries(own).filter(([, field]) => field !== undefined)
      .map(([key, field]) => `${JSON.stringify(key)}: ${JSON.stringify(field)}`);
    if (words.every((word) => dropSpace(text).includes(dropSpace(word)))) return own as never;
    throw cannotChangeError("it is not plain JSON", `write there ${words.join(", ")}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw cannotChangeError("it is not an object", "remove it");
}

function dropSpace(text: string): string {
  return text.replace(/\s+/g, "");
}

function checkUser(user: unknown): void {
  if (user === undefined || USERS.includes(String(user))) return;
  const why = `its remoteUser ${JSON.stringify(user)} is not in the image`;
  throw cannotChangeError(why, `name one of ${USERS.join(", ")}`);
}

function cannotChangeError(why: string, hint: string): NixociError {
  return new NixociError("USAGE", `Cannot change ${CONFIGURATION_FILE}: ${why}`, { hint });
}
