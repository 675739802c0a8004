/** A registry's storage over sources: whatever images can be read from, read-only. */
import { disposeAll } from "../../base/dispose.ts";
import { codeOf } from "../../base/errors.ts";
import { createUses, type Uses } from "../../bytes/flow/uses.ts";
import type { Source } from "../../image/source.ts";
import type { RegistryStorage, ServedRepository } from "../storage.ts";
import { createSourceRepository } from "./source-repository.ts";

/** Opens what a repository's images are read from; `undefined` where there is no such repository. */
export type RepositorySource = (repository: string) => Promise<Source | undefined>;

/** A storage of sources, which are closed when it is disposed of. */
export interface SourceStorage extends RegistryStorage, AsyncDisposable {
  /** Opens the repository's source again when it is next asked for: it has other images now. */
  refresh(repository: string): void;
}

/**
 * Makes a storage that reads each repository from a source of its own. The names that the source lists
 * are its tags; the image of a source that names one itself is `latest`. A layer is read when it is
 * asked for, so that images may be served that are made on demand.
 * @example
 * ```ts
 * import { openSource, serveRegistry, createSourceStorage } from "nixoci";
 * const storage = createSourceStorage(async (repository) =>
 *   repository === "hello" ? await openSource("oci-dir:in") : undefined
 * );
 * const registry = await serveRegistry(storage);
 * console.log(`docker pull ${registry.host}/hello`); // docker pull 127.0.0.1:…/hello
 * await registry.stop();
 * await storage[Symbol.asyncDispose]();
 * ```
 */
export function createSourceStorage(open: RepositorySource): SourceStorage {
  const current = new Map<string, Promise<ServedSource | undefined>>();
  const replaced = new Map<string, Promise<ServedSource | undefined>>();
  const opened = new Set<ServedSource>();
  const openRepository = async (name: string): Promise<ServedSource | undefined> => {
    const source = await open(name);
    if (source === undefined) return undefined;
    const one = ownSource(source);
    opened.add(one);
    return one;
  };
  const letGo = async (one: ServedSource | undefined): Promise<void> => {
    await one?.uses.waitForNone();
    if (one === undefined || !opened.has(one)) return;
    await one[Symbol.asyncDispose]();
    opened.delete(one);
  };
  return {
    async findRepository(name) {
      const found = current.get(name) ?? openRepository(name);
      current.set(name, found);
      try {
        const one = await found;
        if (one === undefined) current.delete(name);
        return one?.repository;
      } catch (error) {
        current.delete(name);
        if (codeOf(error) === "NOT_FOUND") return undefined;
        throw error;
      }
    },
    refresh(name) {
      const before = current.get(name);
      if (before === undefined) return;
      current.delete(name);
      // Who has just found something in it is about to read that: it goes with the next one.
      // A failure shows again when all are closed.
      replaced.get(name)?.then(letGo).catch(() => {});
      replaced.set(name, before);
    },
    [Symbol.asyncDispose]: () => disposeAll([...opened]),
  };
}

/** A source that is open, and who uses it. */
interface ServedSource extends AsyncDisposable {
  readonly repository: ServedRepository;
  readonly uses: Uses;
}

function ownSource(source: Source): ServedSource {
  const uses = createUses();
  return {
    repository: createSourceRepository(source, uses.begin),
    uses,
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}
