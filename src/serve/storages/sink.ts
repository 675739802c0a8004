/** A registry's storage over sinks: what is pushed is copied into them by the engine. */
import { useResources } from "../../base/dispose.ts";
import { copy } from "../../copy/copy.ts";
import { type FetchContent, readRoot } from "../../image/documents/load.ts";
import type { Root } from "../../image/root.ts";
import type { Sink } from "../../image/sink.ts";
import type { Source } from "../../image/source.ts";
import { createScratch, type Scratch } from "../../image/disk/scratch.ts";
import type { PushableRepository, RegistryStorage } from "../storage.ts";
import { createLayeredRepository, type PushedImage } from "./layered.ts";
import { createSourceStorage, type RepositorySource } from "./source.ts";
import { createStagedRepository } from "./staged.ts";

/**
 * Opens what a repository's images are put into.
 * @throws NixociError `NOT_FOUND` when nothing can be pushed there.
 */
export type RepositorySink = (repository: string) => Promise<Sink>;

/** The places that a storage's images are put into and read from. */
export interface SinkStorageOptions {
  /** A sink is opened for each tag that is pushed, and closed when the image is in it. */
  readonly sink: RepositorySink;
  /** Opens the place that images are read from when they have been put. */
  readonly source: RepositorySource;
  /** The files that blobs wait in; temporary ones of the storage's own by default. */
  readonly scratch?: Scratch;
}

/**
 * Makes a storage that puts into sinks what is pushed and reads it from sources. Blobs wait in files
 * until a tag is pushed whose image they belong to; then the engine copies that image. What is pushed
 * by digest alone waits for as long as the storage lives: places keep images by name.
 * @example
 * ```ts
 * import { openSink, openSource, serveRegistry, createSinkStorage } from "nixoci";
 * const storage = createSinkStorage({
 *   sink: (repository) => openSink(`oci-dir:images/${repository}`),
 *   source: (repository) => openSource(`oci-dir:images/${repository}`),
 * });
 * const registry = await serveRegistry(storage);
 * console.log(`docker push ${registry.host}/app`); // docker push 127.0.0.1:…/app
 * await registry.stop();
 * await storage[Symbol.asyncDispose]();
 * ```
 */
export function createSinkStorage(options: SinkStorageOptions): RegistryStorage & AsyncDisposable {
  const own = options.scratch ?? createScratch();
  const sources = createSourceStorage(options.source);
  const pushed = new Map<string, Promise<PushableRepository>>();
  const findRepository: RegistryStorage["findRepository"] = async (name) =>
    await pushed.get(name) ?? await sources.findRepository(name);
  const make = async (name: string): Promise<PushableRepository> => {
    // Whether anything can be put there is better known before gigabytes have come.
    await (await options.sink(name))[Symbol.asyncDispose]();
    return createLayeredRepository(createStagedRepository(own), {
      findBelow: () => sources.findRepository(name),
      findElsewhere: async (from, digest) => await (await findRepository(from))?.findBlob(digest),
      async place(image, fetch) {
        const root = await copyPushed(image, fetch, () => options.sink(name));
        sources.refresh(name);
        return root;
      },
    });
  };
  return {
    findRepository,
    makeRepository(name) {
      const made = pushed.get(name) ?? make(name);
      pushed.set(name, made);
      made.catch(() => pushed.delete(name));
      return made;
    },
    async [Symbol.asyncDispose]() {
      await sources[Symbol.asyncDispose]();
      if (options.scratch === undefined) await own[Symbol.asyncDispose]();
    },
  };
}

/** Copies an image that was pushed, the only one of its source, under its tags. */
async function copyPushed(
  { manifest, tags }: PushedImage,
  fetch: FetchContent,
  open: () => Promise<Sink>,
): Promise<Root> {
  const root = await readRoot(manifest, fetch);
  const source: Source = {
    resolve: () => Promise.resolve(root),
    async [Symbol.asyncDispose]() {},
  };
  return await useResources(async (hold) => {
    await copy(source, hold(await open()), { references: tags });
    return root;
  });
}
