/** Writes the tree of an init to a folder. */
import { existsSync } from "node:fs";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { useResources } from "../../base/dispose.ts";
import { codeOf, NixociError, wrapError } from "../../base/errors.ts";
import { makeFolder } from "../../bytes/disk/folder.ts";
import type { MadeEntry } from "../../recipe/mod.ts";
import { prepareTarget } from "../../unpack/target.ts";

/**
 * Writes entries below a folder, which appears whole or not at all.
 * @param folder must not be there.
 * @throws NixociError `EXISTS` where it is there, `IO`.
 */
export async function writeInitTree(entries: readonly MadeEntry[], folder: string): Promise<void> {
  const out = resolve(folder);
  try {
    if (existsSync(out)) throw new NixociError("EXISTS", "it is there already");
    await makeFolder(dirname(out));
    await useResources(async (hold) => {
      const target = hold(await prepareTarget(out));
      for (const entry of entries) {
        await writeEntry(entry, target.tree.base + entry.path.slice(out.length + 1));
      }
      await chmod(target.tree.base, 0o755);
      await target.publish();
    });
  } catch (error) {
    if (codeOf(error) === "EXISTS") {
      throw new NixociError("EXISTS", `Cannot write the init: ${folder} is there already`, {
        hint: "name a folder that is not there, or remove it",
      });
    }
    throw wrapError(error, `Cannot write the init to ${folder}`);
  }
}

async function writeEntry(entry: MadeEntry, path: string): Promise<void> {
  await makeFolder(dirname(path));
  switch (entry.type) {
    case "directory":
      await mkdir(path, { recursive: true, mode: 0o755 });
      return;
    case "symlink":
      return await symlink(entry.target, path);
    case "file":
      await writeFile(path, entry.content as string | Uint8Array);
      return await chmod(path, entry.mode ?? 0o644);
    case "hardlink":
      throw new Error("the init has no hard links");
  }
}
