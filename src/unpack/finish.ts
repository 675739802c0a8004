/**
 * Makes the files that are left to tar, and gives directories their attributes, the deepest first.
 */
import { chmodSync, linkSync, rmSync } from "node:fs";
import { openFile } from "../bytes/disk/file.ts";
import type { ByteStream } from "../bytes/stream.ts";
import type { FlatEntry, FlatTree } from "../flatten/types.ts";
import type { TarFields } from "../tar/entry.ts";
import { type TarInput, writeTar } from "../tar/write.ts";
import { findGnuTar, unpackWithTar } from "./gnu-tar.ts";
import { keepAttributes, type KeptAttributes } from "./attributes.ts";
import {
  isForTar,
  isLeftToTar,
  type Remaining,
  runNamed,
  setAttributes,
  type Site,
} from "./make-entries.ts";

/** A file, and the attributes that it is made with. */
interface EntryAttributes {
  readonly entry: FlatEntry;
  readonly kept: KeptAttributes;
}

/** Finishes a tree that `makeEntries` has begun. Links come before times: they change directories. */
export async function finishTree(tree: FlatTree, remaining: Remaining, site: Site): Promise<void> {
  if (remaining.late > 0) await makeWithTar(tree, site);
  for (const entry of remaining.links) {
    runNamed(entry, () => {
      linkSync(site.names.pathOf(entry.linkTo!), site.names.pathOf(entry.path));
    });
  }
  await setDirectoryAttributes(remaining.directories, site);
}

async function makeWithTar(tree: FlatTree, site: Site): Promise<void> {
  const locked: EntryAttributes[] = [];
  function* members(): Iterable<TarInput> {
    for (const entry of tree.entries()) {
      if (entry.linkTo !== undefined || !isForTar(entry, site)) continue;
      const kept = keepAttributes(entry, site.powers, site.left);
      if (isLocked(entry, kept, site)) locked.push({ entry, kept });
      const fields = fieldsOf(entry, kept, site);
      const { sparse } = entry;
      yield entry.size > 0 ? { fields, data: takeContent(entry, site), sparse } : { fields };
    }
  }
  await runTar(members(), site);
  for (const { entry, kept } of locked) setMode(entry, kept, site);
}

async function setDirectoryAttributes(entries: readonly FlatEntry[], site: Site): Promise<void> {
  // Where names are stripped, nothing describes the root.
  if (entries[0]?.path !== "") chmodSync(site.names.base, 0o755);
  const all = entries.map((entry) => ({
    entry,
    kept: keepAttributes(entry, site.powers, site.left),
  }));
  const forTar = new Set(site.tar ? all.filter(({ entry }) => isLeftToTar(entry, site)) : []);
  if (forTar.size > 0) {
    const listed = Array.from(forTar, ({ entry, kept }) => {
      return { fields: fieldsOf(entry, kept, site) };
    });
    await runTar(listed, site, true);
  }
  for (const one of all.reverse()) {
    const { entry, kept } = one;
    if (!forTar.has(one)) {
      runNamed(entry, () => setAttributes(site.names.pathOf(entry.path), entry, kept, site));
    } else if (isLocked(entry, kept, site)) setMode(entry, kept, site);
  }
}

async function runTar(
  members: Iterable<TarInput>,
  { names, powers, left, signal }: Site,
  overDirectories = false,
): Promise<void> {
  const { owners } = powers;
  const options = { owners, overDirectories, signal };
  left.xattrs += await unpackWithTar(
    await findGnuTar() ?? "tar",
    names.base,
    writeTar(members),
    options,
  );
}

/**
 * Returns the header for tar. Only root's tar can set attributes of files that their owner may not
 * write to: the mode comes after.
 */
function fieldsOf(
  entry: FlatEntry,
  { mode, ...kept }: KeptAttributes,
  { powers }: Site,
): TarFields {
  const { type, linkpath, size, mtime, devmajor, devminor } = entry;
  const path = entry.path === "" ? "." : entry.path;
  const open = powers.owners ? mode : mode | minimumModeOf(entry);
  return { path, type, linkpath, size, mtime, devmajor, devminor, ...kept, mode: open };
}

function isLocked(entry: FlatEntry, { mode }: KeptAttributes, { powers }: Site): boolean {
  const needed = minimumModeOf(entry);
  return !powers.owners && entry.type !== "symlink" && (mode & needed) !== needed;
}

function minimumModeOf({ type }: FlatEntry): number {
  return type === "directory" ? 0o700 : 0o600;
}

function setMode(entry: FlatEntry, { mode }: KeptAttributes, { names }: Site): void {
  runNamed(entry, () => chmodSync(names.pathOf(entry.path), mode));
}

/** Reads stored content from the pool, which has it no longer then. */
async function* takeContent({ file, size, sparse }: FlatEntry, { pool }: Site): ByteStream {
  const path = pool.pathOf(file);
  chmodSync(path, 0o600); // its own mode may be one that its owner cannot read
  const content = await openFile(path);
  try {
    rmSync(path);
    for (const part of sparse ?? [{ offset: 0, size }]) {
      yield* content.read(part.offset, part.offset + part.size);
    }
  } finally {
    await content[Symbol.asyncDispose]();
  }
}
