/** Store paths that a plain folder needs: Nix knows nothing of it, and its references stand in it. */
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import type { OnNotice } from "../base/notices.ts";
import type { LayerStyle } from "../recipe/mod.ts";
import { diskPathOf, readLink, readNames, readStat } from "../recipe/files.ts";
import type { NamedPath, SpecPart } from "./parts.ts";
import type { SpecPaths } from "./paths.ts";

/** The longest line that Linux reads of a script, and its end. */
const FIRST_LINE = 257;

/**
 * Finds the store paths that links and scripts of a part's plain folders lead to. In dockerTools'
 * style they are in the image; of nix2container's, whose bytes are bound, a notice tells of them.
 * @throws NixociError `IO` and what asking the store throws.
 */
export async function findNeeded(
  part: SpecPart,
  paths: SpecPaths,
  { style, onNotice }: {
    readonly style: LayerStyle;
    readonly onNotice?: OnNotice | undefined;
  },
): Promise<NamedPath[]> {
  const needed: NamedPath[] = [];
  for (const { path, at } of [...part.copyToRoot, ...part.contents]) {
    // What is not there is for others to find.
    if (paths.storePathOf(path) !== undefined || !existsSync(path)) continue;
    const text = [...readTextsBelow(path)].filter((one) => one.includes(paths.storeDir)).join("\n");
    if (text === "") continue;
    const { valid, unknown } = await paths.leadsTo(text);
    const left = style === "nix2container" ? [...valid, ...unknown] : unknown;
    if (left.length > 0) onNotice?.(createLeftOutNotice(path, at, left));
    if (style !== "nix2container") needed.push(...valid.map((one) => ({ path: one, at })));
  }
  return needed;
}

/** Gives where links lead, and what scripts are run by. */
function* readTextsBelow(folder: string): Generator<string> {
  for (const name of readNames(folder)) {
    const path = `${folder}/${name}`;
    const { type, mode } = readStat(path);
    if (type === "symlink") yield readLink(path);
    else if (type === "directory") yield* readTextsBelow(path);
    else if ((mode & 0o111) !== 0) yield readFirstLine(path);
  }
}

/** Reads the first line of a script; nothing of any other file. */
function readFirstLine(path: string): string {
  const file = openSync(diskPathOf(path), "r");
  try {
    const buffer = Buffer.alloc(FIRST_LINE);
    const text = buffer.toString("latin1", 0, readSync(file, buffer, 0, FIRST_LINE, 0));
    return text.startsWith("#!") ? text.split("\n", 1)[0]! : "";
  } finally {
    closeSync(file);
  }
}

function createLeftOutNotice(path: string, at: string, left: readonly string[]) {
  const [first = "", ...more] = left;
  const all = more.length === 0 ? first : `${first} and ${more.length} more`;
  const message = `${at}: ${path} leads to ${all}, which it does not bring; name it in deps`;
  return { code: "LEFT_OUT", message } as const;
}
