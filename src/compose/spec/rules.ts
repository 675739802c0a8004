/** Rules in files of their own, as nix2container's commands take them. */
import * as z from "zod/mini";
import { readSmallFile } from "../../bytes/disk/small-file.ts";
import { during } from "../../base/errors.ts";
import { given } from "../../base/given.ts";
import { parseJson } from "../../image/json.ts";
import type { Perm, Rewrite } from "../../recipe/mod.ts";
import type { History } from "../../plan/mod.ts";
import { validated } from "./read.ts";
import { entryOf } from "../parts.ts";
import { metadata, perm } from "./spec.ts";

const text = z.string("must be a string");

const rewrite = z.strictObject(
  { path: text, regex: text, repl: text },
  "must be an object with path, regex and repl",
);

/** Rules for the files of some paths. Throws as {@link validated} does, and what reading throws. */
export async function readPerms(file: string): Promise<(Perm & { readonly path: string })[]> {
  const rules = await read(file, z.array(perm, "must be a list of permissions"));
  return rules.map(({ path, regex, ...rest }) => ({ path, regex, ...given(rest) }));
}

/** How the files of some paths are moved. Throws as {@link readPerms} does. */
export async function readRewrites(
  file: string,
): Promise<(Rewrite & { readonly path: string })[]> {
  return await read(file, z.array(rewrite, "must be a list of rewrites"));
}

/** An entry of the history. Throws as {@link readPerms} does. */
export async function readHistory(file: string): Promise<History> {
  return entryOf(await read(file, metadata));
}

async function read<T>(file: string, schema: z.ZodMiniType<T>): Promise<T> {
  const bytes = await readSmallFile(file).catch((error) => {
    throw during(error, `Cannot read ${file}`);
  });
  return validated(schema, parseJson(bytes, file), file);
}
