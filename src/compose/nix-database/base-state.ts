/** The state of Nix in a base: its database, and how the folders about it are. */
import { NixociError } from "../../base/errors.ts";
import { digestOf } from "../../bytes/digest.ts";
import { collectStream, streamBytes } from "../../bytes/stream.ts";
import type { KnownBases } from "../../cache/known.ts";
import { mergeLayers } from "../../flatten/merge.ts";
import { entryPathOf } from "../../flatten/tree/path.ts";
import type { FlatEntry } from "../../flatten/types.ts";
import type { Image } from "../../image/root.ts";
import type { DatabaseFiles } from "../../nix/database/write.ts";
import { expandSparse } from "../../tar/sparse.ts";
import { SETTING, SETTINGS_FILE, type StatePlaces, USERS_FILE } from "./places.ts";

/** Whatever of a base matters to a database that is laid over it. */
export interface BaseState {
  readonly database: DatabaseFiles | undefined;
  /** The lines of its `nix.conf` that matter. */
  readonly settings: string | undefined;
  /** Finds what is at a place of the state, of the folders above it, or of a file that matters. */
  find(place: string): FoundEntry | undefined;
}

/** An entry of a base; links are not followed. */
type FoundEntry = Pick<FlatEntry, "type" | "mode" | "uid" | "gid">;

/** The same as plain data: entries by their places, and the contents of files in base64. */
interface StateData {
  readonly entries: Readonly<Record<string, FoundEntry>>;
  readonly contents: Readonly<Record<string, string>>;
}

/** In bytes: the database is in memory, and in a plan. */
const MAX_DATABASE = 64 * 1024 * 1024;

/** In characters: what is larger is read again each time. */
const MAX_REMEMBERED = 1024 * 1024;

/**
 * Reads the state of Nix in a base. Its layers are read for that; once, where it can be remembered.
 * @throws NixociError `LIMIT` for a database of more than 64 MiB, and what reading layers throws.
 */
export async function readBaseState(
  image: Pick<Image, "layers">,
  places: StatePlaces,
  { known, signal }: {
    readonly known?: KnownBases | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<BaseState> {
  if (image.layers.length === 0) return createState({ entries: {}, contents: {} }, places);
  const diffIds = image.layers.map(({ diffId }) => diffId);
  const key = digestOf(Buffer.from(["state of Nix", places.database, ...diffIds].join()));
  const [remembered] = await known?.get(key) ?? [];
  if (remembered !== undefined) return createState(JSON.parse(remembered), places);
  const data = await readState(image, places, signal);
  const text = JSON.stringify(data);
  if (text.length <= MAX_REMEMBERED) await known?.set(key, [text]);
  return createState(data, places);
}

function filesOf({ database, schema }: StatePlaces): string[] {
  return [database, `${database}-wal`, `${database}-shm`, schema, SETTINGS_FILE, USERS_FILE];
}

/** The files whose content does not matter. */
const UNREAD = /-shm$|\/passwd$/;

async function readState(
  image: Pick<Image, "layers">,
  places: StatePlaces,
  signal: AbortSignal | undefined,
): Promise<StateData> {
  const read = filesOf(places).filter((place) => !UNREAD.test(place));
  const wanted = new Set(read.map(entryPathOf));
  const stored = new Map<number, Uint8Array>();
  const tree = await mergeLayers(image, {
    async put(file, { data, storedSize }) {
      if (storedSize > MAX_DATABASE) throw limitError(storedSize);
      stored.set(file, await collectStream(data, MAX_DATABASE, "a file of the base"));
    },
  }, { wants: (path) => wanted.has(path), ...(signal && { signal }) });
  const entries: Record<string, FoundEntry> = {};
  const contents: Record<string, string> = {};
  for (const place of [...places.folders, ...filesOf(places)]) {
    const entry = tree.find(entryPathOf(place));
    if (entry === undefined) continue;
    const { type, mode, uid, gid, size } = entry;
    entries[place] = { type, mode, uid, gid };
    if (type !== "file" || !read.includes(place)) continue;
    if (size > MAX_DATABASE) throw limitError(size);
    const bytes = streamBytes(stored.get(entry.file) ?? new Uint8Array());
    const content = await collectStream(expandSparse(entry, bytes), size, place);
    const kept = place === SETTINGS_FILE ? selectSettings(content) : content;
    contents[place] = kept.toString("base64");
  }
  return { entries, contents };
}

/** Keeps the lines of settings that matter here: others may be secrets. */
function selectSettings(content: Buffer): Buffer {
  const lines = content.toString().split("\n");
  return Buffer.from(lines.filter((line) => SETTING.test(line)).join("\n"));
}

function createState({ entries, contents }: StateData, places: StatePlaces): BaseState {
  const read = (place: string) => {
    const content = contents[place];
    return content === undefined ? undefined : Buffer.from(content, "base64");
  };
  const database = read(places.database);
  return {
    find: (place) => entries[place],
    settings: read(SETTINGS_FILE)?.toString(),
    database: database && {
      database,
      wal: read(`${places.database}-wal`),
      schema: read(places.schema)?.toString(),
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
