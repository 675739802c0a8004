/** The history of an image: an entry for each layer, and some for no layer. */
import type { ConfigJson } from "../documents/schemas.ts";

/** A history entry of OCI's image config. */
export interface History {
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/** Returns the history of a config, with an entry for each of its layers. */
export function completeHistory({ history }: ConfigJson, layers: number): History[] {
  const entries = (history ?? []).map((entry) => dropNulls(entry) as History);
  const told = entries.filter((entry) => !entry.empty_layer).length;
  // Some tools write none. An entry too few would be taken for the layers above it.
  const untold = Array.from({ length: Math.max(0, layers - told) }, (): History => ({}));
  return [...entries, ...untold];
}

/** Splits a history behind the entry of its nth layer. */
export function splitHistory(
  history: readonly History[],
  layers: number,
): readonly [below: History[], above: History[]] {
  let passed = 0;
  const isLast = (entry: History) => !entry.empty_layer && ++passed === layers;
  const end = layers === 0 ? 0 : history.findIndex(isLast) + 1;
  return [history.slice(0, end), history.slice(end)];
}

function dropNulls(entry: object): object {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null));
}
