/** Finds out how commands can be run here: what the system allows is known only by trying. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { NixociError, reasonOf } from "../../base/errors.ts";
import { makeTemporaryName } from "../../bytes/disk/owner.ts";
import { removeTree } from "../../bytes/disk/remove.ts";
import { beginHelper, runToEnd } from "./helper.ts";
import { removeMapped, type SandboxHome } from "./home.ts";
import { findPlainMapping, type IdMapping, listMappings } from "./mapping.ts";
import { noWayError } from "./refusal.ts";
import { formatCommand, PROBE } from "../place/scripts.ts";

/** A way to run commands. */
export interface RunWay {
  readonly mapping: IdMapping;
  /**
   * `disk`, `memory`: on an overlay whose written folder is there, in namespaces. `bubblewrap`,
   * `chroot`: on a copy of the tree, where no overlay can be mounted.
   */
  readonly kind: "disk" | "memory" | "bubblewrap" | "chroot";
  /** The ways that were tried before, and why they did not do. */
  readonly refused: readonly string[];
}

/** By the folder of runs: what it lies on decides, too. The system may allow more tomorrow. */
const ways = new Map<string, Promise<RunWay>>();

/**
 * Finds the best way that works; asked once in a process.
 * @throws NixociError `UNSUPPORTED` when none does: what the system refuses, and what helps.
 */
export function findWay(home: SandboxHome, signal?: AbortSignal): Promise<RunWay> {
  const known = ways.get(home.runs);
  if (known !== undefined) return known;
  const finding = chooseWay(home, signal);
  ways.set(home.runs, finding);
  finding.catch(() => ways.delete(home.runs));
  return finding;
}

async function chooseWay(home: SandboxHome, signal: AbortSignal | undefined): Promise<RunWay> {
  const refused: string[] = [];
  for (const mapping of listMappings()) {
    try {
      const overlay = await proveOverlay(home, mapping, signal);
      if (overlay !== undefined) return { mapping, kind: overlay, refused };
      refused.push(`${describeMapping(mapping)}: the system mounts no overlay`);
    } catch (error) {
      signal?.throwIfAborted();
      refused.push(`${describeMapping(mapping)}: ${reasonOf(error)}`);
    }
  }
  const mapping = findPlainMapping();
  const [kind, probe] = mapping.kind === "all" ? CHROOT : BUBBLEWRAP;
  try {
    await runToEnd({
      text: formatCommand(...probe),
      folder: home.runs,
      mapping: undefined,
      signal,
    });
    return { mapping, kind, refused };
  } catch (error) {
    signal?.throwIfAborted();
    throw noWayError([...refused, `${kind}: ${reasonOf(error)}`]);
  }
}

/** Ways without an overlay, and commands that succeed where they work. */
const CHROOT = ["chroot", ["nsenter", "--root=/", "true"]] as const;
const BUBBLEWRAP = [
  "bubblewrap",
  "bwrap --unshare-user --unshare-pid --bind / / --dev /dev --proc /proc true".split(" "),
] as const;

/** Says how IDs are mapped, for messages. */
function describeMapping({ kind }: IdMapping): string {
  if (kind === "all") return "a user namespace for root";
  return kind === "one" ? "a user namespace with one ID" : "a user namespace with subordinate IDs";
}

async function proveOverlay(
  { runs }: SandboxHome,
  mapping: IdMapping,
  signal: AbortSignal | undefined,
): Promise<"disk" | "memory" | undefined> {
  const name = makeTemporaryName();
  const folder = join(runs, name);
  mkdirSync(folder, { mode: 0o700 });
  try {
    const helper = await beginHelper({
      text: PROBE,
      folder,
      mapping,
      namespaces: ["--mount", "--pid", "--fork", "--kill-child", "--net", "--ipc", "--uts"],
      signal,
    });
    for (const stream of [helper.output, helper.result]) stream.resume();
    const found = await helper.nextReport();
    const { complaint } = await helper.wait();
    if (found === "disk" || found === "memory") return found;
    if (found === "none") return undefined;
    throw new NixociError("UNSUPPORTED", complaint || "it ended early");
  } finally {
    // Where there is no such namespace, nothing belongs to its IDs.
    await removeMapped(runs, name, mapping).catch(() => removeTree(folder));
  }
}

/** Tells whether commands run on a copy of the tree. */
export function isOnCopy({ kind }: RunWay): boolean {
  return kind === "bubblewrap" || kind === "chroot";
}
