/** The binary cache of Nix that `nixoci serve --nix-cache` is beside the registry. */
import { NixociError, wrapError } from "../../../base/errors.ts";
import type { OnNotice } from "../../../base/notices.ts";
import { readFile } from "../../../bytes/disk/file.ts";
import { collectStream } from "../../../bytes/stream.ts";
import { type NixStore, openStore } from "../../../nix/store/store.ts";
import {
  type Around,
  createNarSigner,
  createNixCache,
  createNixCatalog,
  type NarSigner,
} from "../../../serve/mod.ts";
import type { ServeFlags } from "./flags.ts";
import type { ServedStorage } from "./storage.ts";

/** Makes the pages. @throws NixociError `MALFORMED` for a key or a description that is none. */
export async function createNixPages(
  { "nix-key": keyFile, closure }: ServeFlags,
  storage: ServedStorage,
  root: string | undefined,
  onNotice: OnNotice,
): Promise<Around> {
  const signer = keyFile === undefined ? undefined : await readSigner(keyFile);
  const stores = await openStores(closure ?? [], root);
  const find = createNixCatalog({
    list: storage.listOwn,
    find: (name) => storage.findRepository(name),
    async lookUp(hash) {
      for (const store of stores) {
        const info = await store.find(hash);
        if (info?.narHash !== undefined) return info;
      }
      return undefined;
    },
    onNotice,
  });
  return createNixCache({ find, signer });
}

const LARGEST_KEY = 10_000;

async function readSigner(file: string): Promise<NarSigner> {
  const text = String(await collectStream(readFile(file), LARGEST_KEY, file));
  try {
    return createNarSigner(text);
  } catch (error) {
    throw wrapError(error, `Cannot read the key in ${file}`);
  }
}

/** Opens what knows of store paths: the descriptions that are named, and the machine's store, if any. */
async function openStores(
  descriptions: readonly string[],
  root: string | undefined,
): Promise<NixStore[]> {
  const stores = descriptions.length === 0 ? [] : [await openStore({ descriptions })];
  try {
    stores.push(await openStore(root === undefined ? {} : { root }));
  } catch (error) {
    // It is there for images that have no closure beside them, where there is one.
    if (root !== undefined || !(error instanceof NixociError)) throw error;
  }
  return stores;
}
