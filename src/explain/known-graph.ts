/** Reads what store paths refer to from a store's database, or from files that describe a closure. */
import { codeOf, NixociError } from "../base/errors.ts";
import { useResources } from "../base/dispose.ts";
import { openStore, type StoreOptions } from "../nix/store/store.ts";
import { createStoreGraph, type GraphPath, type StoreGraph } from "./graph.ts";

/** A graph, and where it is from. */
export interface SourcedGraph {
  readonly graph: StoreGraph;
  /** In words, for people: `the store /nix/store`. */
  readonly from: string;
}

/**
 * Reads the graph of these paths from a store, where there are some and it knows all of them;
 * `undefined` otherwise.
 * @throws NixociError `INCOMPLETE` for a description that lacks one of the paths, and what reading
 * throws; where no description is named, a store that is not there is no error.
 */
export async function readKnownGraph(
  paths: readonly string[],
  options: StoreOptions = {},
): Promise<SourcedGraph | undefined> {
  if (paths.length === 0) return undefined;
  const isAsked = (options.descriptions ?? []).length > 0;
  try {
    return await useResources(async (hold) => {
      const store = hold(await openStore(options));
      const infos: GraphPath[] = [];
      for (const path of paths) {
        const info = await store.info(path);
        if (info !== undefined) infos.push(info);
        else if (isAsked) throw missingError(path, store.name);
        else return undefined;
      }
      return { graph: createStoreGraph(infos), from: `the store ${store.name}` };
    });
  } catch (error) {
    if (!isAsked && options.root === undefined && codeOf(error) === "NOT_FOUND") return undefined;
    throw error;
  }
}

function missingError(path: string, name: string): NixociError {
  return new NixociError("INCOMPLETE", `the image has ${path}, of which ${name} says nothing`, {
    hint: "describe the whole closure: nix path-info --json -r",
  });
}
