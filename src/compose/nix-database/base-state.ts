/** The state of Nix in a base: its database, and how the folders about it are. */
import { NixociError } from "../../base/errors.ts";
import { digestOf } from "../../bytes/digest.ts";
import { collectStream, streamBytes } from "../../bytes/stream.ts";
import type { KnownBases } from "../../cache/known.ts";
import { mergeLayers } from "../../flatten/merge.ts";
import { entryPathOf } from "../../flatten/tree/path.ts";
import type { FlatEntry, FlatTree } from "../../flatten/types.ts";
import type { Image } from "../../image/root.ts";
import type { DatabaseFiles } from "../../nix/database/write.ts";
import { expandSparse } from "../../tar/sparse.ts";
import { SETTINGS_FILE, type StatePlaces, USERS_FILE } from "./places.ts";

/** Whatever of a base matters to a database that is laid over it. */
export interface BaseState {
  readonly database: DatabaseFiles | undefined;
  /** The text of its `nix.conf`. */
  readonly settings: string | undefined;
  /** The entry at a place of the state, of the folders above it, or of a file above; links stay. */
  find(place: string): Pick<FlatEntry, "type" | "mode" | "uid" | "gid"> | undefined;
}

/** Returns the state of a base without anything of Nix. @param there the files that it has. */
export function noStateOf(there: readonly string[]): BaseState {
  const file = { type: "file", mode: 0o644, uid: 0, gid: 0 } as const;
  return {
    database: undefined,
    settings: undefined,
    find: (place) => there.includes(place) ? file : undefined,
  };
}

/** In bytes: what is in memory, and in a plan. */
const MAX_DATABASE = 64 * 1024 * 1024;

/**
 * Reads the state of Nix in a base. Its layers are read for that, but where it is remembered that there
 * is none.
 * @throws NixociError `LIMIT` for a database of more than 64 MiB, and what reading layers throws.
 */
export async function readBaseState(
  image: Image,
  places: StatePlaces,
  { known, signal }: {
    readonly known?: KnownBases | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<BaseState> {
  const diffIds = image.layers.map(({ diffId }) => diffId);
  const key = digestOf(Buffer.from(["no Nix", places.database, ...diffIds].join()));
  const there = await known?.get(key);
  if (there !== undefined) return noStateOf(there);
  const wanted = new Set(filesOf(places).map(entryPathOf));
  const contents = new Map<number, Uint8Array>();
  const tree = await mergeLayers(image, {
    async put(file, { data, storedSize }) {
      if (storedSize > MAX_DATABASE) throw limitError(storedSize);
      contents.set(file, await collectStream(data, MAX_DATABASE, "the base's Nix database"));
    },
  }, { wants: (path) => wanted.has(path), ...(signal && { signal }) });
  const state = await createState(tree, contents, places);
  const found = [...places.folders, ...filesOf(places)].filter((place) => state.find(place));
  if (found.every((place) => place === USERS_FILE)) await known?.set(key, found);
  return state;
}

function filesOf({ database, schema }: StatePlaces): string[] {
  return [database, `${database}-wal`, schema, SETTINGS_FILE, USERS_FILE];
}

async function createState(
  tree: FlatTree,
  contents: ReadonlyMap<number, Uint8Array>,
  places: StatePlaces,
): Promise<BaseState> {
  const find = (place: string) => tree.find(entryPathOf(place));
  const read = async (place: string): Promise<Uint8Array | undefined> => {
    const entry = find(place);
    if (entry?.type !== "file") return undefined;
    if (entry.size > MAX_DATABASE) throw limitError(entry.size);
    const stored = contents.get(entry.file) ?? new Uint8Array();
    return await collectStream(expandSparse(entry, streamBytes(stored)), entry.size, place);
  };
  const database = await read(places.database);
  const texts = [await read(places.schema), await read(SETTINGS_FILE)];
  const [schema, settings] = texts.map((bytes) => bytes && Buffer.from(bytes).toString());
  return {
    find,
    settings,
    database: database && {
      database,
      wal: await read(`${places.database}-wal`),
      schema,
      name: `${places.database} of the base`,
    },
  };
}

function limitError(size: number): NixociError {
  const message = `the base's Nix database has ${size} bytes, and ${MAX_DATABASE} are read`;
  return new NixociError("LIMIT", message, {
    hint: "collect garbage in the base first, or build without a database",
  });
}
