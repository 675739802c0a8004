/** A small store below a folder, and what describes it. */
import type { Dirent } from "node:fs";
import { chmod, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { temporaryFolder } from "../support/folder.ts";

const path = (letter: string, name: string): string => `/nix/store/${letter.repeat(32)}-${name}`;

export const LIBC = path("z", "libc");
export const HELLO = path("a", "hello");
export const ROOT = path("b", "root");
export const LONE = path("c", "lone");

const FILES: Readonly<Record<string, string>> = {
  [`${LIBC}/lib/libc.so`]: "the library",
  [`${HELLO}/bin/hello`]: "#!/bin/sh",
  [`${ROOT}/bin/hi`]: `-> ${HELLO}/bin/hello`,
  [`${ROOT}/etc/passwd`]: "root:x:0:0::/:",
  [LONE]: "a file by itself",
};

const REFERENCES: Readonly<Record<string, string[]>> = {
  [LIBC]: [LIBC],
  [HELLO]: [LIBC],
  [ROOT]: [HELLO],
  [LONE]: [],
};

/** A small store's folder, with the paths of {@link makeSmallStore}; gone when the test is over. */
export async function smallStore(): Promise<SmallStore> {
  return await makeSmallStore(await temporaryFolder());
}

/** Where a small store is. */
export interface SmallStore {
  readonly folder: string;
  readonly store: string;
  readonly graph: string;
}

/** Puts into the folder `store`, which is a root, and `graph.json`, which describes what is in it. */
export async function makeSmallStore(folder: string): Promise<SmallStore> {
  const store = join(folder, "store");
  for (const [name, text] of Object.entries(FILES)) {
    const file = join(store, name);
    await mkdir(dirname(file), { recursive: true });
    if (text.startsWith("-> ")) await symlink(text.slice(3), file);
    else await writeFile(file, text);
    if (!text.startsWith("-> ")) await chmod(file, text.startsWith("#!") ? 0o555 : 0o444);
  }
  for (const { parentPath, name } of await foldersBelow(store)) {
    await chmod(join(parentPath, name), 0o755); // whatever the umask
  }
  const graph = join(folder, "graph.json");
  const described = Object.entries(REFERENCES).sort().map(([path, references]) => ({
    path,
    references,
    narSize: 100,
    closureSize: 100,
    narHash: `sha256:${"0".repeat(64)}`,
  }));
  await writeFile(graph, JSON.stringify(described));
  return { folder, store, graph };
}

async function foldersBelow(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory());
}
