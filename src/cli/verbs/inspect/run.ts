/** The work of `nixoci inspect`. */
import { NixociError } from "../../../base/errors.ts";
import { readContent } from "../../../image/content.ts";
import { inspect } from "../../../image/inspect.ts";
import { MAX_DOCUMENT } from "../../../image/json.ts";
import type { Root } from "../../../image/root.ts";
import type { Io } from "../../kit/io.ts";
import { sideOptions } from "../../kit/sides.ts";
import { withRoot } from "../../reference/opened.ts";
import { readPlace } from "../../reference/place.ts";
import { formatSummary } from "./lines.ts";

/** Prints what an image is: one of its documents as it is stored, or a summary. */
export async function printImage(
  source: string,
  what: "manifest" | "config" | "summary",
  platform: readonly string[] | undefined,
  io: Io,
): Promise<void> {
  const platforms = platform ?? (what === "config" ? [] : undefined);
  await withRoot(readPlace(source), { platforms }, sideOptions(io.access, io), async (root) => {
    if (what !== "summary") return io.write(await readDocument(root, what));
    const summary = await inspect(root);
    io.print(summary, () => formatSummary(summary));
  });
}

async function readDocument(root: Root, what: "manifest" | "config"): Promise<Uint8Array> {
  if (what === "manifest") return await readContent(root.manifest, MAX_DOCUMENT);
  if (root.kind === "image") return await readContent(root.config, MAX_DOCUMENT);
  throw new NixociError("UNSUPPORTED", `Cannot show the config: it is an ${root.kind}`, {
    hint: "only images have one; see the manifest with --raw",
  });
}
