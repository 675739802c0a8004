/** The layer of a tree: its files once, with hard links for each further name. */
import { NixociError } from "../../base/errors.ts";
import { WHITEOUT } from "../../image/layer/whiteout.ts";
import type { MadeEntry } from "../../recipe/mod.ts";
import { quoteName } from "../../tar/name.ts";
import type { ImageDraft, LayerDraft } from "../draft.ts";
import type { SourceNode } from "./node.ts";
import type { StoreTree } from "./tree.ts";

/**
 * Drafts the layer. Modes are those of Nix's store, whatever the tree's own are.
 * @throws NixociError `UNSUPPORTED` for names that mean something else in a layer.
 */
export function draftTreeLayer(tree: StoreTree, { style, files, config }: ImageDraft): LayerDraft {
  const places = tree.infos.map(({ path }) => path);
  const made = places.flatMap((place) => [...listTreeEntries(tree.node, place, places[0]!)]);
  const names = places.map((path) => `'${path}'`).join(", ");
  return {
    recipe: { style, paths: [], made, ...files },
    history: { created: config.created, comment: `store paths: [${names}]` },
    isPassing: tree.isPassing,
  };
}

/** @param first the place where the files are: another one has further names of them. */
function* listTreeEntries(node: SourceNode, path: string, first: string): Generator<MadeEntry> {
  if (node.type === "symlink") yield { type: node.type, path, target: node.target };
  else if (node.type === "file") {
    const { type, isProgram, ...content } = node;
    if (path === first) yield { type, path, content, mode: isProgram ? 0o555 : 0o444 };
    else yield { type: "hardlink", path, target: first };
  } else {
    yield { type: node.type, path, mode: 0o555 };
    for (const [name, child] of node.children) {
      const below = `${path}/${name}`;
      if (name.startsWith(WHITEOUT)) throw whiteoutError(below);
      yield* listTreeEntries(child, below, `${first}/${name}`);
    }
  }
}

function whiteoutError(path: string): NixociError {
  const message = `${quoteName(path)}: engines take it for the mark of a deletion`;
  return new NixociError("UNSUPPORTED", message, { hint: "take a tree without it" });
}
