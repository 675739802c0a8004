/** Takes files out of sight, by a layer of whiteouts. */
import { NixociError } from "../base/errors.ts";
import { contentOf } from "../image/content.ts";
import { collectStream } from "../bytes/stream.ts";
import type { Layer } from "../image/root.ts";
import { whiteoutOf } from "../image/layer/whiteout.ts";
import type { Step } from "../image/step.ts";
import { entryPathOf } from "../flatten/tree/path.ts";
import { writeTar } from "../tar/write.ts";
import { append } from "./append.ts";

/**
 * Creates a step that removes files and directories from what containers see. The layers stay, and
 * so do the bytes in them: `squash` gets rid of these. Nothing is read to see whether they are there.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#whiteouts
 * @throws NixociError `USAGE` for the root itself, `UNSAFE` for paths that leave it.
 * @example
 * ```ts
 * import { copy, openSink, openSource, platform, remove } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("oci-dir:out:less");
 * const { images } = await copy(from, to, { steps: [platform(), remove(["/hello"])] });
 * console.log(images.length); // 1
 * ```
 */
export function remove(paths: readonly string[]): Step {
  const whiteouts = [...new Set(paths.map(hidePath))].sort();
  return async (root, context) => {
    const members = whiteouts.map((path) => ({ fields: { path, mode: 0o644 } }));
    const tar = await collectStream(writeTar(members), MOST, "a layer of whiteouts");
    const plain = contentOf("application/vnd.oci.image.layer.v1.tar", tar);
    const layer: Layer = { ...plain, diffId: plain.descriptor.digest };
    return await append([layer], `nixoci remove ${paths.join(" ")}`)(root, context);
  };
}

// In bytes: some hundred thousand paths.
const MOST = 1 << 28;

function hidePath(path: string): string {
  const entry = entryPathOf(path);
  if (entry === "") {
    throw new NixociError("USAGE", "the root of an image cannot be removed", {
      hint: "name a file or directory in it",
    });
  }
  return whiteoutOf(entry);
}
