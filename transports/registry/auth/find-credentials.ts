/** The credentials that files and helpers have for a repository. */
import type { OnNotice } from "../../../src/base/notices.ts";
import type { World } from "../world.ts";
import type { Credentials } from "./credentials.ts";
import {
  type AuthFile,
  chooseKey,
  listAuthNames,
  listAuthPaths,
  listFallbackPaths,
  listMachines,
  readAuthFile,
  readCredentials,
  readSection,
} from "./file.ts";
import { getFromHelper, MissingHelper } from "./helper.ts";

export interface FindOptions {
  /** Look nowhere else. */
  readonly authFile?: string | undefined;
  readonly onNotice?: OnNotice | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The first that is found: file by file, in each the helpers before the entries. */
export async function findCredentials(
  { host, repository }: { readonly host: string; readonly repository: string },
  options: FindOptions,
  world: World,
): Promise<Credentials | undefined> {
  for await (const file of readAuthFiles(options, world)) {
    const names = file.isNetrc ? listMachines(host) : listAuthNames(host, repository);
    const found = await askHelper(file, host, names, world, options) ?? findEntry(file, names);
    if (found) return found;
  }
  return undefined;
}

/** Reads the files that there are, in the order in which they count. */
async function* readAuthFiles(
  { authFile, onNotice }: FindOptions,
  world: World,
): AsyncIterable<AuthFile> {
  const { NIXOCI_AUTH_FILE, REGISTRY_AUTH_FILE } = world.env;
  for (const path of listAuthPaths(authFile, world)) {
    const file = await readAuthFile(path);
    if (file !== undefined) yield file;
    else if ([authFile, NIXOCI_AUTH_FILE, REGISTRY_AUTH_FILE].includes(path)) {
      const message = `there is no ${path}, where credentials were to be; going on without`;
      onNotice?.({ code: "CREDENTIALS", message });
    }
  }
  if (authFile !== undefined) return;
  for (const path of listFallbackPaths(world)) {
    const file = await readAuthFile(path).catch((error) => {
      // They are for many programs, and perhaps not for this user: nobody named them to us.
      const message = `${(error as Error).message}; going on without`;
      onNotice?.({ code: "CREDENTIALS", message });
      return undefined;
    });
    if (file !== undefined) yield file;
  }
}

function findEntry(file: AuthFile, names: readonly string[]): Credentials | undefined {
  const entries = readSection(file, "auths");
  for (const name of names) {
    const found = readCredentials(entries.get(name)?.value, file.path);
    if (found) return found;
  }
  return undefined;
}

async function askHelper(
  file: AuthFile,
  host: string,
  names: readonly string[],
  world: World,
  { onNotice, signal }: FindOptions,
): Promise<Credentials | undefined> {
  const helper = findHelper(file, names);
  if (helper === undefined) return undefined;
  try {
    return await getFromHelper(helper, chooseKey(host), world, signal);
  } catch (error) {
    if (!(error instanceof MissingHelper)) throw error;
    const message = `${error.message}, but ${file.path} names it; going on without`;
    onNotice?.({ code: "CREDENTIALS", message });
    return undefined;
  }
}

/** Finds the helper that the file wants for one of the names. */
export function findHelper(file: AuthFile, names: readonly string[]): string | undefined {
  const helpers = readSection(file, "credHelpers");
  const own = names.map((name) => helpers.get(name)?.value).find((value) => value !== undefined);
  const helper = own ?? file.json["credsStore"];
  return typeof helper === "string" && helper !== "" ? helper : undefined;
}
