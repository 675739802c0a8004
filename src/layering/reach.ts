/** Finds transitive references, a bit for each pair: 5,000 paths are 3 MB. */
import { type Graph, orderByDependency } from "./graph.ts";

/** For each vertex a row of bits: the vertices that it refers to, however far off, and itself. */
export interface Reachability {
  /** 32 bit words in a row. */
  readonly words: number;
  readonly bits: Uint32Array;
}

/** Returns everything that each vertex needs. */
export function reachabilityOf(graph: Graph): Reachability {
  const words = Math.ceil(graph.paths.length / 32);
  const bits = new Uint32Array(words * graph.paths.length);
  for (const vertex of orderByDependency(graph)) {
    const row = bits.subarray(vertex * words, (vertex + 1) * words);
    row[vertex >>> 5]! |= 1 << (vertex & 31);
    for (const reference of graph.references[vertex]!) {
      addRow(row, bits.subarray(reference * words, (reference + 1) * words));
    }
  }
  return { words, bits };
}

/** Returns the row of a vertex; it is part of the matrix, and not to be written to. */
export function rowOf({ words, bits }: Reachability, vertex: number): Uint32Array {
  return bits.subarray(vertex * words, (vertex + 1) * words);
}

/** Tells whether `from` is `to`, or refers to it, however far off. */
export function canReach({ words, bits }: Reachability, from: number, to: number): boolean {
  return (bits[from * words + (to >>> 5)]! >>> (to & 31) & 1) === 1;
}

/** Calls `visit` with each vertex whose bit is set, in ascending order. */
export function walkBits(row: Uint32Array, visit: (vertex: number) => void): void {
  for (let word = 0; word < row.length; word++) {
    for (let rest = row[word]!; rest !== 0; rest &= rest - 1) {
      visit(word * 32 + 31 - Math.clz32(rest & -rest));
    }
  }
}

/** Sets the bits of `row` in `into`. */
export function addRow(into: Uint32Array, row: Uint32Array): void {
  for (let word = 0; word < row.length; word++) into[word]! |= row[word]!;
}

/** Returns the sum of the values of all vertices whose bit is set. */
export function sumOf(row: Uint32Array, values: ArrayLike<number>): number {
  let sum = 0;
  walkBits(row, (vertex) => sum += values[vertex]!);
  return sum;
}

/** Returns the vertices whose bit is set, in ascending order. */
export function bitsOf(row: Uint32Array): number[] {
  const vertices: number[] = [];
  walkBits(row, (vertex) => vertices.push(vertex));
  return vertices;
}
