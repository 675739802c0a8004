/** The lines of `nixoci why`. */
import type { Reason } from "../../../explain/mod.ts";
import { formatBytes, formatCount } from "../../kit/text.ts";

/** Writes for people why a path is in an image. */
export function* formatReason(reason: Reason): Iterable<string> {
  const { path, links, real, storePath, layers, of, versions = [] } = reason;
  yield `path        ${path}`;
  for (const { path, target } of links) yield `link        ${path} -> ${target}`;
  if (real !== path) yield `leads to    ${real}`;
  if (storePath !== undefined && storePath !== real) yield `store path  ${storePath}`;
  yield `layer       ${layers.length === 0 ? "none" : layers.join(", ")} of ${of}`;
  const others = versions.filter(({ type }) => type !== "directory");
  if (others.length > 1) {
    for (const { layer, type, size, hiddenBy } of others) {
      const what = type === "whiteout" ? "deletes it" : `has a ${type}, ${formatBytes(size)}`;
      yield `  layer ${layer} ${what}${
        hiddenBy === undefined ? "" : `; layer ${hiddenBy} hides that`
      }`;
    }
  }
  yield* formatChains(reason);
}

function* formatChains({ storePath, chains = [], count = "0", users = [], from }: Reason) {
  if (storePath === undefined || from === undefined) return;
  yield "";
  for (const { by, paths } of chains) {
    yield by.length > 0 ? `the config's ${by.join(", ")}` : "nothing refers to the first of these";
    for (const [i, path] of paths.entries()) yield `${"  ".repeat(i)}└─ ${path}`;
  }
  if (chains.length === 0) yield "nothing leads to it";
  const more = BigInt(count) - BigInt(chains.length);
  if (more > 0n) yield `and ${more} more ${more === 1n ? "chain" : "chains"}`;
  const refer = users.length === 1 ? "refers" : "refer";
  if (users.length > 0) {
    yield `${formatCount(users.length, "store path")} of the image ${refer} to it`;
  }
  yield `references are from ${from}`;
}
