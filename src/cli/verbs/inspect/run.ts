/** The work of `nixoci inspect`. */
import { codeOf, NixociError } from "../../../base/errors.ts";
import { readContent } from "../../../image/content.ts";
import { inspect } from "../../../image/documents/inspect.ts";
import { MAX_DOCUMENT } from "../../../image/json.ts";
import type { Root } from "../../../image/root.ts";
import type { Source } from "../../../image/source.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { withRoot, withSource } from "../../reference/with-source.ts";
import { parsePlace } from "../../../../transports/reference.ts";
import { formatImages, formatSummary, type ImagesSummary } from "./lines.ts";

/**
 * Prints what an image is: one of its documents as it is stored, or a summary. Of a place that holds
 * several and names none, the summary says which there are.
 */
export async function printImage(
  source: string,
  what: "manifest" | "config" | "summary",
  platform: readonly string[] | undefined,
  io: Io,
): Promise<void> {
  const place = parsePlace(source, { lasting: true });
  const options = readSideOptions(io.access, io);
  if (what === "summary" && platform === undefined) {
    return await withSource(place, {}, options, (opened) => printSummary(opened, io));
  }
  const platforms = platform ?? (what === "config" ? [] : undefined);
  await withRoot(place, { platforms }, options, async (root) => {
    if (what !== "summary") return io.write(await readDocument(root, what));
    const summary = await inspect(root);
    io.print(summary, () => formatSummary(summary));
  });
}

async function printSummary(source: Source, io: Io): Promise<void> {
  const found = await resolveOnly(source);
  const summary = "manifest" in found ? await inspect(found) : found;
  io.print(summary, () => "images" in summary ? formatImages(summary) : formatSummary(summary));
}

/** Returns the image that is meant, or which there are where it could be any of several. */
async function resolveOnly(source: Source): Promise<Root | ImagesSummary> {
  try {
    return await source.resolve();
  } catch (error) {
    const listed = codeOf(error) === "USAGE" ? await source.list?.() ?? [] : [];
    if (listed.length === 0) throw error;
    const named = Map.groupBy(listed, ({ id, select }) => id ?? select);
    const images = [...named].map(([id, each]) => ({
      id,
      names: [...new Set(each.flatMap(({ name }) => name ?? []))],
    }));
    return { kind: "images", images };
  }
}

async function readDocument(root: Root, what: "manifest" | "config"): Promise<Uint8Array> {
  if (what === "manifest") return await readContent(root.manifest, MAX_DOCUMENT);
  if (root.kind === "image") return await readContent(root.config, MAX_DOCUMENT);
  throw new NixociError("UNSUPPORTED", `Cannot show the config: it is an ${root.kind}`, {
    hint: "only images have one; see the manifest with --raw",
  });
}
