/** Adds Nix's database to an image: of the store paths in its layers, and of those that a base's has. */
import type { Notice } from "../../base/notices.ts";
import { listDatabasePaths, writeDatabase } from "../../nix/database/write.ts";
import { isStorePath } from "../../nix/formats/store-path.ts";
import type { LayerStyle, MadeEntry } from "../../recipe/mod.ts";
import type {
  Addition,
  CustomiseContext,
  ImageCheck,
  StoreContents,
} from "../customise/customisation.ts";
import { type BaseState, readBaseState } from "./base-state.ts";
import { listDatabaseEntries, type Owner } from "./entries.ts";
import { findLacking } from "./lacking.ts";
import { type StatePlaces, statePlacesOf } from "./places.ts";
import { collectRegistration } from "./registration.ts";

/** Whatever a SPEC says of the database. */
export interface NixDatabaseOptions {
  readonly style: LayerStyle;
  /** Of all paths, in seconds since 1970. */
  readonly registrationTime: number;
  /** The owner of what Nix writes to, where it is asked for. */
  readonly owner: Owner;
  /** The owner otherwise, but of what a base has, which keeps its own. */
  readonly usualOwner: Owner;
}

/** The files of a database, and what there is to say of the image that they are in. */
export interface NixDatabase {
  readonly addition: Addition;
  readonly check: ImageCheck;
}

/** A base's state, and its paths that Nix knows. */
interface NixBase {
  readonly places: StatePlaces;
  readonly state: BaseState;
  readonly registered: readonly string[];
}

/**
 * Creates what adds a database to an image. It throws, when it is asked, `UNSUPPORTED` for a base's
 * database of another schema, `MALFORMED` for what is none, and what reading base and store throws.
 */
export function createNixDatabase(options: NixDatabaseOptions): NixDatabase {
  let opening: Promise<NixBase> | undefined;
  const openBase = (context: CustomiseContext) => opening ??= readNixBase(context);
  let notices: readonly Notice[] = [];
  return {
    async addition(stored, context) {
      const base = await openBase(context);
      const { made, notices: more } = await makeEntries(stored, base, options, context);
      notices = [...findStrangers(base, context), ...more];
      return made;
    },
    async check({ layers, config }, context) {
      const { state: base } = await openBase(context);
      const message = findLacking({ layers, config, base, paths: context.paths });
      for (const notice of notices) context.onNotice?.(notice);
      if (message !== undefined) context.onNotice?.({ code: "NIX", message });
    },
  };
}

async function readNixBase({ paths, base, bases, signal }: CustomiseContext): Promise<NixBase> {
  const places = statePlacesOf(paths.storeDir);
  const image = base ?? { layers: [] };
  const state = await readBaseState(image, places, { known: bases, signal });
  const { database } = state;
  return { places, state, registered: database ? listDatabasePaths(database) : [] };
}

async function makeEntries(
  { closure, recorded }: StoreContents,
  { places, state, registered }: NixBase,
  { registrationTime, ...options }: NixDatabaseOptions,
  { paths, baseStorePaths }: CustomiseContext,
): Promise<{ made: MadeEntry[]; notices: Notice[] }> {
  const { storeDir } = paths;
  const others = [...recorded, ...await baseStorePaths()];
  const { news, leftOut } = await collectRegistration(
    closure,
    others.filter((path) => isStorePath(path, storeDir)),
    new Set(registered),
    paths,
  );
  const bytes = writeDatabase(news, { registrationTime, below: state.database });
  const kept = news.map(({ path }) => path);
  const made = listDatabaseEntries({ bytes, kept, places, storeDir, state, ...options });
  const notices: Notice[] = leftOut.size > 0 ? [createLeftOutNotice(leftOut)] : [];
  if (news.length + registered.length === 0) notices.push({ code: "NIX", message: EMPTY });
  return { made, notices };
}

const EMPTY = "the Nix database is empty, for the image has no store paths: " +
  "nix-collect-garbage in a container deletes what is mounted in its store";

function createLeftOutNotice(leftOut: ReadonlyMap<string, string>): Notice {
  const [[path, why] = ["", ""]] = leftOut;
  const others = leftOut.size === 1 ? "" : `, and ${leftOut.size - 1} more`;
  const message = `the Nix database leaves out ${path}, for ${why}${others}: ` +
    "nix-collect-garbage in a container deletes what it does not have";
  return { code: "LEFT_OUT", message };
}

function findStrangers(
  { registered }: NixBase,
  { paths: { storeDir } }: CustomiseContext,
): Notice[] {
  const strangers = registered.filter((path) => !isStorePath(path, storeDir)).length;
  if (strangers === 0) return [];
  const many = strangers === 1 ? "a path" : `${strangers} paths`;
  const message = `the base's Nix database has ${many} outside of ${storeDir}: ` +
    "they stay, and nix-store --verify stops there";
  return [{ code: "NIX", message }];
}
