/** The recipe of a layer: plain data, from which its bytes are made at any time. */
import type { Layer } from "../image/root.ts";
import type { MadeEntry } from "./made/made.ts";

/**
 * Whose bytes a layer has. `dockertools`: nixpkgs' streamLayeredImage (Python's tarfile), paths in
 * the order given. `nix2container`: its Go program (archive/tar), all files in one sorted tree.
 */
export type LayerStyle = "dockertools" | "nix2container";

/** Moves the files of a path: where the regex (Go's) matches a file's path, it is replaced. */
export interface Rewrite {
  readonly regex: string;
  /** May name groups: `$1`, `${name}`; `$$` is a dollar. */
  readonly repl: string;
}

/**
 * The looks of a path's files in the layer, of those whose path in the store the regex (Go's)
 * matches. Where several match, they apply one after the other, so that the last wins.
 */
export interface Perm {
  readonly regex: string;
  /** Octal digits; left out or empty, the mode stays. */
  readonly mode?: string;
  /** Left out, 0: a rule that says only a mode sets the owner, too. */
  readonly uid?: number;
  readonly gid?: number;
  /** Left out or empty, the name stays. */
  readonly uname?: string;
  readonly gname?: string;
}

/** A store path, or any other file or directory, whose files go into a layer. */
export interface RecipePath {
  /** Absolute, and without the root that the store is read under: `/nix/store/…-hello-2.12`. */
  readonly path: string;
  readonly rewrite?: Rewrite;
  readonly perms?: readonly Perm[];
}

/**
 * The program that packs a layer where it is not the style's own. GNU tar packs dockerTools'
 * customisation layer: a tree from `./` on, sorted by bytes, with
 * owners as numbers only and every name of a file as a file.
 */
export type Packer = "gnu-tar";

/**
 * The members that GNU tar appends to its archive: of the paths that stay in the store, each file by
 * its whole path, owned by root; with `store`, the store's folders before them, which nobody may write.
 */
export type Appended = "paths" | "store";

/** A layer's recipe. The same recipe over the same files makes the same bytes, everywhere. */
export interface LayerRecipe {
  readonly style: LayerStyle;
  /** The style's own when left out. */
  readonly packer?: Packer;
  /**
   * Appends what stays in the store to the archive of a root that GNU tar has packed, where owners
   * have names then: the one layer of dockerTools' buildImage.
   */
  readonly append?: Appended;
  readonly paths: readonly RecipePath[];
  /** Files, folders and links of its own, laid over the paths in this order. */
  readonly made?: readonly MadeEntry[];
  /**
   * Links to folders in the layers below, and the folders: `/bin` and `/usr/bin`. What is moved to a
   * place below such a link, or made there, lies in its folder, and the link stays.
   */
  readonly links?: Readonly<Record<string, string>>;
  /**
   * The rule for links to folders in store paths that are moved, in dockerTools' style: `follow`
   * makes folders of them, with the files of those (`rsync -k`); with `keep` they stay, and what
   * later paths have in such a folder lies where the link leads (`rsync -K`). Left out, links stay
   * until a folder comes to their place.
   */
  readonly folderLinks?: "follow" | "keep";
  /** Of everything in the layer, in seconds since 1970; 1 by default. */
  readonly mtime?: number;
  /** The owner, where no perm says otherwise; 0 by default. */
  readonly uid?: number;
  readonly gid?: number;
  /** `root` by default. */
  readonly uname?: string;
  readonly gname?: string;
}

/** A layer that knows how it is made. Its bytes are a plain tar: digest and diffID are the same. */
export interface RecipeLayer extends Layer {
  readonly recipe: LayerRecipe;
}
