/** The key of a shell image: the same for the same derivation and flags, known before anything is made. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { GivenFlag } from "../../kit/command.ts";

/** The label that has the key of an image. */
export const KEY_LABEL = "nixoci.shell";

/** Grows whenever the same words make an image with other files. */
const FORM = 1;

/** The flags that say what is in the image. */
const IMAGE_FLAGS = new Set([
  ...["package", "shell", "home", "uid", "gid", "command", "run", "with-nix", "nix-database"],
  ...["max-layers", "layering", "compressor", "created"],
]);

/**
 * Computes the key, 32 hexadecimal digits. Nothing is read but a derivation's file that is not in a
 * store, where its name does not say what is in it.
 */
export async function computeKey(
  drv: string,
  given: readonly GivenFlag[],
  others: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const isNamedByContent = /^[0-9a-df-np-sv-z]{32}-.*\.drv$/.test(basename(drv));
  const derivation = isNamedByContent ? basename(drv) : (await readFile(drv)).toString("base64");
  const flags = given.filter(({ flag }) => IMAGE_FLAGS.has(flag))
    .map(({ flag, input }) => [flag, input]);
  const text = JSON.stringify([FORM, derivation, flags, others]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
