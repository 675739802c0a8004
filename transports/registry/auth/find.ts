/** The credentials that files and helpers have for a repository. */
import type { OnNotice } from "../../../src/base/notices.ts";
import type { World } from "../world.ts";
import type { Credentials } from "./credentials.ts";
import {
  type AuthFile,
  authPaths,
  credentialsIn,
  fallbackPaths,
  keyFor,
  machinesFor,
  namesFor,
  readAuthFile,
  section,
} from "./file.ts";
import { fromHelper, MissingHelper } from "./helper.ts";

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
  for await (const file of filesFor(options, world)) {
    const names = file.isNetrc ? machinesFor(host) : namesFor(host, repository);
    const found = await helped(file, host, names, world, options) ?? entryIn(file, names);
    if (found) return found;
  }
  return undefined;
}

/** Reads the files that there are, in the order in which they count. */
async function* filesFor(
  { authFile, onNotice }: FindOptions,
  world: World,
): AsyncIterable<AuthFile> {
  const { NIXOCI_AUTH_FILE, REGISTRY_AUTH_FILE } = world.env;
  for (const path of authPaths(authFile, world)) {
    const file = await readAuthFile(path);
    if (file !== undefined) yield file;
    else if ([authFile, NIXOCI_AUTH_FILE, REGISTRY_AUTH_FILE].includes(path)) {
      const message = `there is no ${path}, where credentials were to be; going on without`;
      onNotice?.({ code: "CREDENTIALS", message });
    }
  }
  if (authFile !== undefined) return;
  for (const path of fallbackPaths(world)) {
    const file = await readAuthFile(path).catch((error) => {
      // They are for many programs, and perhaps not for this user: nobody named them to us.
      const message = `${(error as Error).message}; going on without`;
      onNotice?.({ code: "CREDENTIALS", message });
      return undefined;
    });
    if (file !== undefined) yield file;
  }
}

function entryIn(file: AuthFile, names: readonly string[]): Credentials | undefined {
  const entries = section(file, "auths");
  for (const name of names) {
    const found = credentialsIn(entries.get(name)?.value, file.path);
    if (found) return found;
  }
  return undefined;
}

async function helped(
  file: AuthFile,
  host: string,
  names: readonly string[],
  world: World,
  { onNotice, signal }: FindOptions,
): Promise<Credentials | undefined> {
  const helper = helperFor(file, names);
  if (helper === undefined) return undefined;
  try {
    return await fromHelper(helper, keyFor(host), world, signal);
  } catch (error) {
    if (!(error instanceof MissingHelper)) throw error;
    const message = `${error.message}, but ${file.path} names it; going on without`;
    onNotice?.({ code: "CREDENTIALS", message });
    return undefined;
  }
}

/** Finds the helper that the file wants for one of the names. */
export function helperFor(file: AuthFile, names: readonly string[]): string | undefined {
  const helpers = section(file, "credHelpers");
  const own = names.map((name) => helpers.get(name)?.value).find((value) => value !== undefined);
  const helper = own ?? file.json["credsStore"];
  return typeof helper === "string" && helper !== "" ? helper : undefined;
}
