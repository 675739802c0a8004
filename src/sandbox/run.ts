/** Runs a command on the files of layers. */
import { useResources } from "../base/dispose.ts";
import type { OnNotice } from "../base/notices.ts";
import { cacheFolderOf } from "../cache/mod.ts";
import type { Layer } from "../image/root.ts";
import { openBaseTree } from "./tree/base-tree.ts";
import { openBegunTree } from "./tree/begun.ts";
import { listChanges } from "./layer/changes.ts";
import type { SandboxCommand, SandboxOptions, SandboxResult } from "./command.ts";
import { makeHome, sweepHome } from "./system/home.ts";
import { makeLayer } from "./layer/make-layer.ts";
import { runInPlace } from "./run-in-place.ts";
import { findWay, type RunWay } from "./system/way.ts";

/** Tells of a way that gives less than others. */
function reportWay(
  { kind, refused }: RunWay,
  { shares = [] }: SandboxCommand,
  onNotice: OnNotice | undefined,
): void {
  if (kind === "disk" || kind === "memory") return;
  const unseen = shares.some(({ isSpare }) => isSpare) ? "/proc and no Nix store" : "/proc";
  const lacks = kind === "chroot"
    ? `it sees no ${unseen}, has the network, and could leave its root`
    : "it cannot change owners, and what it moves is root's";
  const message = `the command runs in ${kind}, on a copy: ${lacks} (${refused.join("; ")})`;
  onNotice?.({ code: "FALLBACK", message });
}

/** In milliseconds: the clock of file systems may be behind by so much. */
const SLACK = 1000;

/**
 * Runs a command on the files of layers, lowest first, as `RUN` of a Dockerfile does it: without an
 * engine, and without root. It is root of what it sees; what it changed becomes a layer. Nothing of
 * it stays on this machine, or is mounted, however it ends.
 * @throws NixociError `FAILED` when the command fails; `LIMIT` when it takes more than it may;
 * `UNSUPPORTED` when the system lets no command run, and for a program of another architecture;
 * `NOT_FOUND` for a program or a user that is not there; what reading the layers throws.
 * @example
 * ```ts
 * import { createScratch, openSource, resolveImage, runOnLayers } from "nixoci";
 *
 * await using source = await openSource("oci-dir:in");
 * await using scratch = createScratch();
 * const { layers } = await resolveImage(source);
 * const command = { argv: ["/no-such-program"] };
 * await runOnLayers(layers, command, { scratch }).catch(({ code }) => {
 *   console.log(code); // NOT_FOUND
 * });
 * ```
 */
export async function runOnLayers(
  layers: readonly Layer[],
  command: SandboxCommand,
  options: SandboxOptions,
): Promise<SandboxResult> {
  const home = await makeHome(options.cache ?? cacheFolderOf());
  const way = await findWay(home, options.signal);
  const { mapping } = way;
  reportWay(way, command, options.onNotice);
  await sweepHome(home, mapping);
  return await useResources(async (hold) => {
    const tree = hold(await openBaseTree(layers, { ...options, home, mapping }));
    const begun = hold(await openBegunTree(options, mapping));
    const start = BigInt(Date.now() - SLACK) * 1_000_000n;
    const written = await runInPlace(command, { home, way, tree, begun }, options);
    const mtime = BigInt(options.mtime ?? 1) * 1_000_000_000n;
    const found = { base: tree.index, begun: begun.index, mapping, start, mtime };
    const changes = listChanges(written, found);
    if (changes.length === 0) return { layer: undefined };
    return { layer: await makeLayer(changes, written.spool, mtime) };
  });
}
