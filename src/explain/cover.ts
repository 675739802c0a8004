/** Finds which layer hides what a layer has: the first above it that overwrites or deletes it. */
import { Column } from "../flatten/tree/columns.ts";
import { NameTree, ROOT } from "../flatten/tree/name-tree.ts";
import type { Mark } from "../flatten/tree/path.ts";
import type { TarEntry } from "../tar/entry.ts";

/** The way that a member covers what lower layers have: all, what is below its node, or a file there. */
type CoverKind = "whole" | "below" | "file";

/**
 * The names that layers cover. Layers come newest first; what one covers counts for those under it
 * alone, so its own marks wait until the next one begins.
 */
export class CoverTree {
  readonly #names = new NameTree();
  readonly #marks: Readonly<Record<CoverKind, Column>> = {
    whole: new Column(Uint16Array),
    below: new Column(Uint16Array),
    file: new Column(Uint16Array),
  };
  readonly #waiting: Record<CoverKind, number[]> = { whole: [], below: [], file: [] };
  #layer = 0;

  /** Begins a layer, which lies under all those before. */
  beginLayer(layer: number): void {
    for (const kind of ["whole", "below", "file"] as const) {
      for (const node of this.#waiting[kind]) this.#marks[kind].set(node, this.#layer);
      this.#waiting[kind].length = 0;
    }
    this.#layer = layer;
  }

  /**
   * Adds a member of the layer, by the parts of its path. @returns the number of the layer that hides it first; 0 when none
   * does, or when it is a mark itself. Links are not followed.
   */
  add(type: TarEntry["type"], parts: readonly Buffer[], mark: Mark | undefined): number {
    if (mark?.kind === "ignored") return 0;
    if (mark !== undefined) {
      const folder = this.#make(parts.slice(0, -1));
      if (mark.kind === "opaque") this.#waiting.below.push(folder);
      else this.#waiting.whole.push(this.#step(folder, mark.hidden));
      return 0;
    }
    let hider = 0;
    let node = ROOT;
    const note = (layer: number) => {
      if (layer !== 0 && (hider === 0 || layer < hider)) hider = layer;
    };
    for (const part of parts) {
      note(this.#marks.below.get(node));
      node = this.#step(node, part);
      note(this.#marks.whole.get(node));
    }
    if (type === "directory") this.#waiting.file.push(node);
    else {
      note(this.#marks.file.get(node));
      this.#waiting.whole.push(node);
    }
    // Directories of several layers are one.
    return type === "directory" ? 0 : hider;
  }

  #make(parts: readonly Buffer[]): number {
    return parts.reduce<number>((node, part) => this.#step(node, part), ROOT);
  }

  #step(parent: number, name: Buffer): number {
    const node = this.#names.make(parent, name);
    for (const column of Object.values(this.#marks)) column.reserve(node);
    return node;
  }
}
