/** Marks on nodes: the newest layer that has something below a node, or hides what lies there. */
import { Column } from "./columns.ts";

/** Three layer numbers for each node, 0 for none. Layers come newest first, so the first mark stays. */
export class LayerMarks {
  /** The layer has something below the node: it is a directory, though none may describe it. */
  readonly #implied = new Column(Uint16Array);
  /** The node and all below it are hidden in the layers under this one: deleted, or no directory. */
  readonly #gone = new Column(Uint16Array);
  /** All below the node, but not the node, is hidden in the layers under this one. */
  readonly #opaque = new Column(Uint16Array);

  /** Makes room for a node. */
  reserve(node: number): void {
    this.#implied.reserve(node);
    this.#gone.reserve(node);
    this.#opaque.reserve(node);
  }

  /** Returns the newest layer that makes a directory of the node; 0 for none. */
  impliedBy(node: number): number {
    return this.#implied.get(node);
  }

  /** Makes a directory of a node. @returns whether it was none before. */
  imply(node: number, layer: number): boolean {
    if (this.#implied.get(node) !== 0) return false;
    this.#implied.set(node, layer);
    return true;
  }

  /** Takes back what {@link imply} did. */
  forgetImplied(node: number): void {
    this.#implied.set(node, 0);
  }

  /** Hides a node in the layers under this one. */
  hide(node: number, layer: number): void {
    if (this.#gone.get(node) === 0) this.#gone.set(node, layer);
  }

  /** Hides what is below a node in the layers under this one. */
  seal(node: number, layer: number): void {
    if (this.#opaque.get(node) === 0) this.#opaque.set(node, layer);
  }

  /** Tells whether a newer layer hides what the layer has at the node. */
  isHidden(node: number, layer: number): boolean {
    return this.#gone.get(node) > layer;
  }

  /** Tells whether a newer layer hides what the layer has below the node. */
  isHiddenBelow(node: number, layer: number): boolean {
    return this.#opaque.get(node) > layer;
  }

  /** Tells whether layers to come have nothing that shows at the node. */
  isGone(node: number): boolean {
    return this.#gone.get(node) !== 0;
  }

  /** Tells whether all that lies below the node is hidden in all layers to come. */
  isSealed(node: number): boolean {
    return this.#gone.get(node) !== 0 || this.#opaque.get(node) !== 0;
  }
}
