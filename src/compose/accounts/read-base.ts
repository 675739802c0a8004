/** Reads who is in a base: its files of users and groups, and the programs that may be their shells. */
import { digestOf } from "../../bytes/digest.ts";
import { collectStream } from "../../bytes/stream.ts";
import type { KnownBases } from "../../cache/known.ts";
import { entryPathOf } from "../../flatten/tree/path.ts";
import type { FlatEntry, FlatTree } from "../../flatten/types.ts";
import type { Image } from "../../image/root.ts";
import { ACCOUNT_FILES, type AccountFiles } from "../../services/accounts/mod.ts";
import { findFolderLinks } from "../links/base-links.ts";

/** Whatever of a base matters to the accounts of an image on it. */
export interface BaseAccounts {
  readonly files: AccountFiles;
  /** Modes and owners of these files, by their names. */
  readonly owners: Readonly<Record<string, Pick<FlatEntry, "mode" | "uid" | "gid">>>;
  /** Places of programs, in folders that are called `bin` and `sbin`; links to folders are followed. */
  readonly programs: readonly string[];
  /** Links to folders, with the folders that they lead to. */
  readonly links: Readonly<Record<string, string>>;
}

/** Nothing is below. */
const NOBODY: BaseAccounts = { files: {}, owners: {}, programs: [], links: {} };

/** In bytes, of each file. */
export const MOST_TEXT = 16 * 1024 * 1024;

/**
 * Reads the accounts of a base. Its layers are read for that; once, where it can be remembered.
 * @throws NixociError `LIMIT` for a file of more than 16 MiB, and what reading layers throws.
 */
export async function readBaseAccounts(
  image: Pick<Image, "layers"> | undefined,
  { known, signal }: {
    readonly known?: KnownBases | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<BaseAccounts> {
  if (image === undefined || image.layers.length === 0) return NOBODY;
  const diffIds = image.layers.map(({ diffId }) => diffId);
  const key = digestOf(Buffer.from(["accounts", ...diffIds].join()));
  const [remembered] = await known?.get(key) ?? [];
  if (remembered !== undefined) return JSON.parse(remembered);
  const found = await readFrom(image, signal);
  await known?.set(key, [JSON.stringify(found)]);
  return found;
}

async function readFrom(
  image: Pick<Image, "layers">,
  signal: AbortSignal | undefined,
): Promise<BaseAccounts> {
  // Images on a base alone need these.
  const [{ cat }, { mergeLayers }] = await Promise.all([
    import("../../flatten/cat.ts"),
    import("../../flatten/merge.ts"),
  ]);
  const wanted = new Set(ACCOUNT_FILES.map((name) => `etc/${name}`));
  const stored = new Map<number, Uint8Array>();
  const options = { ...(signal && { signal }) };
  const tree = await mergeLayers(image, {
    async put(file, { entry, data }) {
      if (!wanted.has(entryPathOf(entry.path)) || entry.sparse !== undefined) return;
      stored.set(file, await collectStream(data, MOST_TEXT, "a file of the base's users"));
    },
  }, options);
  const files: Record<string, string> = {};
  const owners: Record<string, BaseAccounts["owners"][string]> = {};
  for (const name of ACCOUNT_FILES) {
    const entry = tree.find(`etc/${name}`);
    if (entry === undefined) continue;
    // It may be a link, or another name of a file.
    const bytes = stored.get(entry.file) ??
      await collectStream(cat(image, `/etc/${name}`, options), MOST_TEXT, name);
    files[name] = Buffer.from(bytes).toString();
    owners[name] = { mode: entry.mode, uid: entry.uid, gid: entry.gid };
  }
  return {
    files,
    owners,
    programs: listPrograms(tree),
    links: Object.fromEntries(findFolderLinks(tree)),
  };
}

function listPrograms(tree: FlatTree): string[] {
  return [...tree.entries()]
    .filter(({ path, type, mode }) =>
      /(^|\/)s?bin\/[^/]+$/.test(path) &&
      (type === "symlink" || type === "file" && (mode & 0o111) !== 0)
    )
    .map(({ path }) => `/${path}`);
}

/** Tells whether a base has a program at a place, or a link that may lead to one. */
export function hasBaseProgram({ programs, links }: BaseAccounts, place: string): boolean {
  return programs.includes(followLinks(place, links));
}

/** Follows links to folders on the way to a place. */
function followLinks(place: string, links: BaseAccounts["links"]): string {
  const parts = place.split("/");
  for (let i = 2; i < parts.length; i++) {
    const folder = links[parts.slice(0, i).join("/")];
    if (folder !== undefined) return [folder, ...parts.slice(i)].join("/");
  }
  return place;
}
