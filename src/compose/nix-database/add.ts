/** Adds Nix's database to an image: the last layer, of all the store paths in its layers. */
import type { OnNotice } from "../../base/notices.ts";
import type { KnownBases } from "../../cache/known.ts";
import type { Image } from "../../image/root.ts";
import { listDatabasePaths, writeDatabase } from "../../nix/database/write.ts";
import { isStorePath } from "../../nix/formats/store-path.ts";
import type { PlanConfig, PlanLayer } from "../../plan/mod.ts";
import type { ImageDraft, LayerDraft } from "../draft.ts";
import { MADE_BY } from "../features/metadata.ts";
import type { SpecPaths } from "../paths.ts";
import { noStateOf, readBaseState } from "./base-state.ts";
import { listDatabaseEntries } from "./entries.ts";
import { findLacking } from "./lacking.ts";
import { statePlacesOf } from "./places.ts";
import { collectRegistration, listHeldPaths, type Registration } from "./registration.ts";

/** The surroundings of a database. */
export interface NixDatabaseContext {
  readonly draft: ImageDraft;
  /** The image's config, as it is in the end. */
  readonly config: PlanConfig;
  readonly paths: SpecPaths;
  /** The base, and the store paths in it. */
  readonly below: { readonly image: Image; storePaths(): Promise<ReadonlySet<string>> } | undefined;
  readonly known?: KnownBases | undefined;
  readonly onNotice?: OnNotice | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns the image's own layers with the database, where it is asked for: of what they hold, and what
 * the base's has.
 * @throws NixociError `UNSUPPORTED` for a base's database of another schema, `MALFORMED` for what is
 * none; and what reading the base and the store throws.
 */
export async function addNixDatabase(
  layers: readonly (LayerDraft | PlanLayer)[],
  context: NixDatabaseContext,
): Promise<readonly (LayerDraft | PlanLayer)[]> {
  const { draft, config, paths, below, onNotice } = context;
  const { nixDatabase: database } = draft;
  if (!database.isAsked) {
    if (database.uid || database.gid) onNotice?.({ code: "LEFT_OUT", message: NO_DATABASE });
    return layers;
  }
  const { storeDir } = paths;
  const places = statePlacesOf(storeDir);
  const base = below === undefined
    ? noStateOf([])
    : await readBaseState(below.image, places, context);
  const present = base.database === undefined ? [] : listDatabasePaths(base.database);
  const inBase = await below?.storePaths() ?? new Set();
  const held = [
    ...listHeldPaths(layers, paths),
    ...[...inBase].filter((path) => isStorePath(path, storeDir)),
  ];
  const registration = await collectRegistration(held, new Set(present), paths);
  const bytes = writeDatabase(registration.paths, { ...database, below: base.database });
  const kept = registration.paths.map(({ path }) => path);
  const { style, files } = draft;
  const parts = { bytes, kept, places, storeDir, base, style };
  const made = listDatabaseEntries(parts, database);
  reportStrangers(present.filter((path) => !isStorePath(path, storeDir)), storeDir, onNotice);
  reportLeftOut(registration, onNotice);
  const lacking = findLacking({ layers, config, base, paths });
  if (lacking !== undefined) onNotice?.({ code: "NIX", message: lacking });
  const history = MADE_BY[style] ??
    { ...(config.created && { created: config.created }), comment: "Nix database" };
  return [...layers, { recipe: { style, paths: [], ...files, made }, history }];
}

const NO_DATABASE =
  "nixUid and nixGid are of the Nix database (includeNixDB), which is not asked for";

function reportStrangers(
  strangers: readonly string[],
  storeDir: string,
  onNotice: OnNotice | undefined,
): void {
  if (strangers.length === 0) return;
  const message = `the base's Nix database has ${countPaths(strangers)} outside of ${storeDir}: ` +
    "they stay, and nix-store --verify stops there";
  onNotice?.({ code: "NIX", message });
}

function reportLeftOut({ leftOut }: Registration, onNotice: OnNotice | undefined): void {
  if (leftOut.size === 0) return;
  const [[path, why] = ["", ""]] = leftOut;
  const others = leftOut.size === 1 ? "" : `, and ${leftOut.size - 1} more`;
  const message = `the Nix database leaves out ${path}, for ${why}${others}: ` +
    "nix-collect-garbage in a container deletes what it does not have";
  onNotice?.({ code: "LEFT_OUT", message });
}

function countPaths(paths: readonly string[]): string {
  return paths.length === 1 ? "a path" : `${paths.length} paths`;
}
