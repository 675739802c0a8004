/** Reads SPECs; what is wrong with one is named by its path. */
import { dirname, resolve } from "node:path";
import { createReadStream } from "node:fs";
import { isNamedPipe, readNamedPipe } from "../../bytes/disk/fifo.ts";
import { readInput } from "../../bytes/disk/input.ts";
import { type ByteStream, collectStream } from "../../bytes/stream.ts";
import type { OnNotice } from "../../base/notices.ts";
import { wrapError } from "../../base/errors.ts";
import { parseJson } from "../../image/json.ts";
import { dropUnasked } from "./elsewhere.ts";
import type { Spec } from "./spec.ts";

/** A SPEC and the folder that its relative paths are below: of a pipe, the working directory. */
export interface SpecInFolder {
  readonly spec: Spec;
  readonly folder: string;
  /** Tells whether flags alone say what the image is. */
  readonly fromFlags?: boolean;
}

/** In bytes; room for a hundred thousand paths. */
const MAX_SPEC = 16 * 1024 * 1024;
// Layers lie in layers: each level of them takes two of JSON's.
const LIMITS = { maxBytes: MAX_SPEC, maxDepth: 1000 };

/**
 * Reads a SPEC from a file, or from standard input where the path is `-`.
 * @param onNotice is told of fields that change nothing.
 * @throws NixociError `USAGE` for one that is not right, `NOT_FOUND`, `IO` and `LIMIT` of the file;
 * the signal's reason.
 * @example
 * ```ts
 * import { build, readSpec } from "nixoci";
 * const { spec, folder } = await readSpec("spec.json");
 * const { name } = await build(spec, { folder });
 * console.log(name); // app:…
 * ```
 */
export async function readSpec(
  path: string,
  onNotice?: OnNotice,
  signal?: AbortSignal,
): Promise<SpecInFolder> {
  const what = path === "-" ? "the spec on standard input" : path;
  // What has a name may be a pipe as well: nixoci build <(…) daemon:
  const isPipe = path === "-" || await isNamedPipe(path);
  const bytes = await collectStream(openSpec(path, isPipe, signal), MAX_SPEC, what)
    .catch((error) => {
      signal?.throwIfAborted();
      throw wrapError(error, `Cannot read the spec ${path}`);
    });
  const folder = isPipe ? process.cwd() : dirname(resolve(path));
  return { spec: await checkSpec(parseJson(bytes, what, LIMITS), what, onNotice), folder };
}

function openSpec(path: string, isPipe: boolean, signal: AbortSignal | undefined): ByteStream {
  if (path === "-") return readInput(signal);
  return isPipe ? readNamedPipe(path, signal) : createReadStream(path);
}

/**
 * Proves that the value is a SPEC; returns it without what other tools write out and mean nothing by.
 * @param what names it in errors.
 * @param onNotice is told of fields that change nothing.
 * @throws NixociError `USAGE`, with the path of the first thing that is wrong.
 * @example
 * ```ts
 * import { checkSpec } from "nixoci";
 * const spec = await checkSpec({ name: "app", maxLayers: 3, extraCommands: "" }, "my spec");
 * console.log(Object.keys(spec).join(" ")); // name maxLayers
 * ```
 */
export async function checkSpec(
  value: unknown,
  what: string,
  onNotice?: OnNotice,
): Promise<Spec> {
  // zod is slow to load, and `--help` needs none.
  const [{ specSchema }, { checkAgainst }] = await Promise.all([
    import("./spec.ts"),
    import("./validate.ts"),
  ]);
  const asked = dropUnasked(value, (field, why) => {
    onNotice?.({ code: "LEFT_OUT", message: `${what}: ${field} is left out: ${why}` });
  });
  return checkAgainst(specSchema, asked, what);
}
