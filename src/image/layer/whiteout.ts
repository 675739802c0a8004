/**
 * Names of entries that hide what the layers below have, and are not files themselves.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#whiteouts
 */

/** The beginning of a whiteout's name; the hidden name follows. */
export const WHITEOUT = ".wh.";

/** The name that hides all that its directory has below. */
export const OPAQUE = ".wh..wh..opq";

/** Returns the path of the entry that hides a path, which has no slash at its end. */
export function whiteoutOf(path: string): string {
  return path.replace(/[^/]*$/, (name) => WHITEOUT + name);
}
