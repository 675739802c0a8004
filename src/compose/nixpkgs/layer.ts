/** The layer of a tree: its files once, with hard links for each further name. */
import { NixociError } from "../../base/errors.ts";
import { WHITEOUT } from "../../image/whiteout.ts";
import { readLink, readNames, readStat } from "../../recipe/files.ts";
import type { MadeEntry } from "../../recipe/mod.ts";
import type { ImageDraft, LayerDraft } from "../draft.ts";
import type { StoreTree } from "./tree.ts";

/**
 * Drafts the layer. Modes are those of Nix's store, whatever the tree's own are.
 * @throws NixociError `UNSUPPORTED` for names that mean something else in a layer; what reading throws.
 */
export function draftTreeLayer(tree: StoreTree, { style, files, config }: ImageDraft): LayerDraft {
  const made = [...listTreeEntries(tree)];
  const names = tree.infos.map(({ path }) => `'${path}'`).join(", ");
  return {
    recipe: { style, paths: [], made, ...files },
    history: { created: config.created, comment: `store paths: [${names}]` },
    isPassing: tree.isPassing,
  };
}

function* listTreeEntries({ folder, infos }: StoreTree): Generator<MadeEntry> {
  const places = infos.map(({ path }) => path);
  for (const { below, entry } of walkTree(folder, "")) {
    const [first = "", ...others] = places;
    yield { ...entry, path: first + below };
    for (const other of others) {
      const path = other + below;
      yield entry.type === "file"
        ? { type: "hardlink", path, target: first + below }
        : { ...entry, path };
    }
  }
}

type NodeEntry = Exclude<MadeEntry, { type: "hardlink" }>;

function* walkTree(folder: string, below: string): Generator<{ below: string; entry: NodeEntry }> {
  const path = folder + below;
  const { type, mode } = readStat(path);
  if (type === "symlink") {
    yield { below, entry: { type, path, target: readLink(path) } };
  } else if (type === "file") {
    const isProgram = (mode & 0o100) !== 0;
    yield {
      below,
      entry: { type, path, content: { file: path }, mode: isProgram ? 0o555 : 0o444 },
    };
  } else {
    yield { below, entry: { type, path, mode: 0o555 } };
    for (const name of readNames(path).sort()) {
      if (name.startsWith(WHITEOUT)) throw whiteoutError(`${path}/${name}`);
      yield* walkTree(folder, `${below}/${name}`);
    }
  }
}

function whiteoutError(path: string): NixociError {
  return new NixociError("UNSUPPORTED", `${path}: engines take it for the mark of a deletion`, {
    hint: "take a tree without it",
  });
}
