/** Homes that are made, and proof that folders can be where they are wanted. */
import { posix } from "node:path";
import { NixociError } from "../../base/errors.ts";
import type { MadeEntry } from "../../recipe/mod.ts";
import { findUserAccount, type ResolvedAccounts } from "../../services/accounts/mod.ts";
import type { CustomiseContext, StoreContents } from "../customise/customisation.ts";
import type { LayerDraft } from "../layers/layer-draft.ts";
import { readBaseTypes, TOP_LEVELS } from "../base/base.ts";
import { findPlaced } from "../programs.ts";
import { findRootFiles } from "./shells.ts";
import type { AuthorizedKeys } from "./draft.ts";

/** The mode of a home, as NixOS has it. */
const HOME_MODE = "700";

/** The home of those who have none, which nobody may write to. */
const EMPTY = "/var/empty";

/**
 * Makes homes, with their owners; and root's and the empty one, where users have these and nothing is
 * there.
 * @param isThere tells whether the base has a place, of its highest two levels.
 */
export function makeHomes(
  accounts: ResolvedAccounts,
  isThere: (place: string) => boolean,
): MadeEntry[] {
  const made = accounts.asked.filter(({ wanted }) => wanted.options.createHome)
    .map(({ account, wanted }): MadeEntry => ({
      type: "directory",
      path: trimSlash(account.home),
      mode: parseInt(wanted.options.homeMode ?? HOME_MODE, 8),
      uid: account.uid,
      gid: account.gid,
    }));
  const usual: readonly (readonly [path: string, mode: number])[] = [["/root", 0o700], [
    EMPTY,
    0o555,
  ]];
  const others = usual.filter(([path]) => accounts.users.some(({ home }) => home === path))
    .filter(([path]) => !isThere(path) && !made.some((one) => one.path === path))
    .map(([path, mode]): MadeEntry => ({ type: "directory", path, mode, uid: 0, gid: 0 }));
  const byPath = new Map([...others, ...made].map((one) => [one.path, one]));
  return [...byPath.values()].sort((a, b) => a.path < b.path ? -1 : 1);
}

/**
 * Makes files with the keys of users: where NixOS has them, and in homes that are made, where OpenSSH
 * looks by itself.
 */
export function makeKeys(accounts: ResolvedAccounts, keys: readonly AuthorizedKeys[]): MadeEntry[] {
  return keys.flatMap(({ name, lines }): MadeEntry[] => {
    const content = lines.map((line) => `${line}\n`).join("");
    const { uid, gid, home } = findUserAccount(accounts, name)!;
    const options = accounts.asked.find(({ account }) => account.name === name)?.wanted.options;
    const folder = posix.join(home, ".ssh");
    const owner = { uid, gid };
    return [
      {
        ...{ type: "file", path: `/etc/ssh/authorized_keys.d/${name}`, content, mode: 0o444 },
        ...{ uid: 0, gid: 0 },
      },
      ...options?.createHome
        ? [
          { type: "directory", path: folder, mode: 0o700, ...owner } as const,
          {
            ...{ type: "file", path: `${folder}/authorized_keys`, content, mode: 0o600 } as const,
            ...owner,
          },
        ]
        : [],
    ] as MadeEntry[];
  });
}

function trimSlash(path: string): string {
  return posix.join("/", path).replace(/(.)\/$/, "$1");
}

/**
 * Proves that no file is where a home that is made, or a folder above any, is to be.
 * @throws NixociError `USAGE`, with the field.
 */
export async function checkHomes(
  { asked }: ResolvedAccounts,
  stored: StoreContents,
  context: CustomiseContext,
  drafted: LayerDraft,
): Promise<void> {
  const homes = asked.filter(({ wanted: { options } }) =>
    options.createHome || options.home !== undefined
  );
  if (homes.length === 0) return;
  const { paths } = context;
  const below = await readTypesBelow(homes.map(({ account }) => trimSlash(account.home)), context);
  const files = findRootFiles(drafted, stored, paths);
  const typeAt = (place: string) => {
    const own = findPlaced(place, files, paths);
    return typeof own === "object" ? "symlink" : own === undefined ? below.get(place) : own;
  };
  for (const { account, wanted } of homes) {
    const home = trimSlash(account.home);
    const isMade = wanted.options.createHome;
    if (home === "/" && isMade) throw createRootError(wanted.at);
    for (const place of listPlacesTo(home)) {
      // One that nobody makes may be anything, as /dev/null is.
      if (place === home && !isMade) continue;
      const type = typeAt(place);
      const isFile = type === "file" || type === "program";
      if (!isFile && !(place === home && type === "symlink")) continue;
      const what = isFile ? "a file" : "a link";
      throw new NixociError(
        "USAGE",
        `${wanted.at}.home: ${account.home} cannot be a folder, for ${place} is ${what}`,
        { hint: `take another home${place === home ? ", or write createHome: false" : ""}` },
      );
    }
  }
}

/** Reads what the base has on the way to the homes: deep ones are looked for by themselves. */
async function readTypesBelow(
  homes: readonly string[],
  { base, baseTop, bases, signal }: CustomiseContext,
): Promise<ReadonlyMap<string, string>> {
  const deep = homes.flatMap(listPlacesTo).filter((place) =>
    place.split("/").length > TOP_LEVELS + 1
  );
  const top = await baseTop?.() ?? new Map<string, string>();
  if (base === undefined || deep.length === 0) return top;
  return new Map([...top, ...await readBaseTypes(base, deep, { known: bases, signal })]);
}

function createRootError(at: string): NixociError {
  return new NixociError("USAGE", `${at}.home: / is the root of the image, and is not made`, {
    hint: "take another home, or write createHome: false",
  });
}

/** Lists a place and those above it, the highest first. */
function listPlacesTo(place: string): string[] {
  const parts = place.split("/").filter((part) => part !== "");
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join("/")}`);
}
