/** Finds the drop-ins of a unit: the files `*.conf` of `NAME.d` folders (systemd.unit(5)). */
import type { UnitText } from "./types.ts";
import { readUnitName } from "./unit-name.ts";
import { resolveNode, type UnitTree } from "./unit-tree.ts";

/**
 * Finds the drop-ins of a unit that has these names, sorted by their own. Of several with one name the
 * first counts; an empty one, or a link to /dev/null, hides the others of its name.
 */
export async function findDropIns(
  names: readonly string[],
  folders: readonly string[],
  tree: UnitTree,
): Promise<UnitText[]> {
  const found = new Map<string, UnitText | undefined>();
  const kinds = [...new Set(names.flatMap(listDropInNames))];
  const suffixes = new Set(names.map((name) => `${readUnitName(name)?.suffix}.d`));
  const places = [
    ...folders.flatMap((folder) => kinds.map((kind) => `${folder}/${kind}.d`)),
    ...folders.flatMap((folder) => [...suffixes].map((suffix) => `${folder}/${suffix}`)),
  ];
  for (const place of places) {
    const folder = await resolveNode(tree, place);
    if (folder?.node.kind !== "folder") continue;
    for (const name of folder.node.names) {
      if (!name.endsWith(".conf") || found.has(name)) continue;
      found.set(name, await readDropIn(tree, `${folder.path}/${name}`));
    }
  }
  return [...found].sort(([a], [b]) => a < b ? -1 : 1).flatMap(([, text]) => text ?? []);
}

async function readDropIn(tree: UnitTree, path: string): Promise<UnitText | undefined> {
  const found = await resolveNode(tree, path);
  const text = found?.node.kind === "file" ? await found.node.read() : "";
  return text === "" ? undefined : { path, text };
}

/**
 * Lists the names whose `.d` folders count for a unit, the closest first: its own, its template's,
 * and those of its prefixes: `a-b@x`, `a-b@`, `a-`, `a-@x`, `a-@`.
 */
function listDropInNames(name: string): string[] {
  const parts = readUnitName(name);
  if (parts === undefined) return [];
  const { prefix, instance, suffix } = parts;
  const cut = /^(.*-)[^-]+-?$/.exec(prefix)?.[1];
  const end = instance ? `@${instance}.${suffix}` : `.${suffix}`;
  return [
    name,
    ...(instance ? listDropInNames(`${prefix}@.${suffix}`) : []),
    ...(cut === undefined ? [] : listDropInNames(cut + end)),
  ];
}
