/** Rules in files of their own, as nix2container's commands take them. */
import type * as z from "zod/mini";
import { omitMissing } from "../../base/omit-missing.ts";
import { readSmallFile } from "../../bytes/disk/small-file.ts";
import { parseJson } from "../../image/json.ts";
import type { History } from "../../plan/mod.ts";
import type { Perm, Rewrite } from "../../recipe/mod.ts";
import { defineMetadata, readMetadata } from "../features/metadata.ts";
import { definePerm } from "../features/store/perm.ts";
import * as is from "./kinds.ts";
import { checkAgainst } from "./validate.ts";

const rewrite = is.object(
  { path: is.text, regex: is.text, repl: is.text },
  "must be an object with path, regex and repl",
);

/**
 * Reads rules for the files of some paths. Throws as {@link checkAgainst} does, and what reading throws.
 * @example
 * ```ts
 * import { readPerms } from "nixoci";
 * import { writeFile } from "node:fs/promises";
 * await writeFile("rules.json", JSON.stringify([{ path: "/nix/store/a", regex: "bin/.*", mode: "0755" }]));
 * console.log((await readPerms("rules.json")).length); // 1
 * ```
 */
export async function readPerms(file: string): Promise<(Perm & { readonly path: string })[]> {
  const rules = await readRules(file, is.list(definePerm(is), "must be a list of permissions"));
  return rules.map(({ path, regex, ...rest }) => ({ path, regex, ...omitMissing(rest) }));
}

/**
 * Reads how the files of some paths are moved. Throws as {@link readPerms} does.
 * @example
 * ```ts
 * import { readRewrites } from "nixoci";
 * import { writeFile } from "node:fs/promises";
 * await writeFile("rules.json", JSON.stringify([{ path: "/nix/store/a", regex: "^/nix/store/a", repl: "" }]));
 * console.log((await readRewrites("rules.json")).length); // 1
 * ```
 */
export async function readRewrites(
  file: string,
): Promise<(Rewrite & { readonly path: string })[]> {
  return await readRules(file, is.list(rewrite, "must be a list of rewrites"));
}

/**
 * Reads an entry of the history. Throws as {@link readPerms} does.
 * @example
 * ```ts
 * import { readHistory } from "nixoci";
 * import { writeFile } from "node:fs/promises";
 * await writeFile("rules.json", JSON.stringify({ created_by: "me" }));
 * console.log((await readHistory("rules.json")).created_by); // me
 * ```
 */
export async function readHistory(file: string): Promise<History> {
  return readMetadata(await readRules(file, defineMetadata(is)));
}

async function readRules<T>(file: string, schema: z.ZodMiniType<T>): Promise<T> {
  const bytes = await readSmallFile(file);
  return checkAgainst(schema, parseJson(bytes, file), file);
}
