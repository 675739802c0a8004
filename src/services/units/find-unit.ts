/** Finds a unit by its name in the files of an image, as systemd does (systemd.unit(5), unit-file.c). */
import { posix } from "node:path";
import { NixociError } from "../../base/errors.ts";
import { findDropIns } from "./find-drop-ins.ts";
import type { Unit } from "./types.ts";
import { parseUnitName } from "./unit-name.ts";
import { resolveNode, type UnitTree } from "./unit-tree.ts";

/** The folders of units, those first whose files hide others' of the same name. */
export const UNIT_FOLDERS = [
  "/etc/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
] as const;

/**
 * Finds a unit, with its drop-ins and its other names. An instance is found by its template, an alias
 * by the unit that it leads to.
 * @param folders those to look in; systemd's unless said.
 * @throws NixociError `USAGE` for a name that is not a unit's, `NOT_FOUND` with the folders,
 * `REFUSED` for a unit that is masked: empty, or a link to /dev/null.
 */
export async function findUnit(
  name: string,
  tree: UnitTree,
  folders: readonly string[] = UNIT_FOLDERS,
): Promise<Unit> {
  const names = new Set<string>();
  for (let wanted = name; !names.has(wanted);) {
    names.add(wanted);
    const found = await findFile(wanted, tree, folders);
    if (found === undefined) break;
    if (found.kind === "file") return await readFound(names, found, tree, folders);
    wanted = found.name;
  }
  const message = `there is no unit ${[...names].join(", which is ")}`;
  throw new NixociError("NOT_FOUND", message, {
    hint: `it was looked for in ${folders.join(", ")}; or name its file`,
  });
}

type FoundFile =
  | { readonly kind: "file"; readonly path: string; read(): Promise<string> }
  /** A link to a unit of another name. */
  | { readonly kind: "alias"; readonly name: string };

async function readFound(
  names: ReadonlySet<string>,
  { path, read }: FoundFile & { readonly kind: "file" },
  tree: UnitTree,
  folders: readonly string[],
): Promise<Unit> {
  const text = await read();
  const all = [...names];
  const name = all.at(-1)!;
  if (text === "") throw maskedError(name, path);
  const aliases = all.slice(0, -1);
  const dropIns = await findDropIns(all, folders, tree);
  return { name, path, text, dropIns, ...(aliases.length > 0 && { aliases }) };
}

/** Finds the file or link of a name, or else that of its template. */
async function findFile(
  name: string,
  tree: UnitTree,
  folders: readonly string[],
): Promise<FoundFile | undefined> {
  const { prefix, instance, suffix } = parseUnitName(name);
  const template = instance ? [`${prefix}@.${suffix}`] : [];
  for (const file of [name, ...template]) {
    for (const folder of folders) {
      const path = `${folder}/${file}`;
      const found = await resolveNode(tree, path, true);
      if (found?.node.kind === "file") return { kind: "file", path, read: found.node.read };
      if (found?.node.kind !== "link") continue;
      const target = posix.resolve(posix.dirname(found.path), found.node.target);
      if (target === "/dev/null") throw maskedError(name, path);
      const other = nameOfTarget(posix.basename(target), instance);
      if (other !== name && other !== file) return { kind: "alias", name: other };
      const end = await resolveNode(tree, path);
      if (end?.node.kind === "file") return { kind: "file", path: end.path, read: end.node.read };
    }
  }
  return undefined;
}

/** Returns the unit that a link's target names; the instance of a template stays. */
function nameOfTarget(target: string, instance: string | undefined): string {
  return instance ? target.replace(/@\./, `@${instance}.`) : target;
}

function maskedError(name: string, path: string): NixociError {
  return new NixociError("REFUSED", `the unit ${name} is masked by ${path}`, {
    hint: "remove that file or link from the image, or give the path of the unit's own file",
  });
}
