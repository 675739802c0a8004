/** Finds out how commands can be run here: what the system allows is known only by trying. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { NixociError, reasonOf } from "../base/errors.ts";
import { makeTemporaryName } from "../bytes/disk/owner.ts";
import { beginHelper } from "./helper.ts";
import { removeMapped, type SandboxHome } from "./home.ts";
import { type IdMapping, listMappings } from "./mapping.ts";
import { noWayError } from "./refusal.ts";
import { PROBE } from "./scripts.ts";

/** A way to run commands: in namespaces, on an overlay. */
export interface RunWay {
  readonly mapping: IdMapping;
  /** The place of the folder that is written: on the disk, or in memory. */
  readonly overlay: "disk" | "memory";
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
      if (overlay !== undefined) return { mapping, overlay, refused };
      refused.push(`${describeMapping(mapping)}: the system mounts no overlay`);
    } catch (error) {
      signal?.throwIfAborted();
      refused.push(`${describeMapping(mapping)}: ${reasonOf(error)}`);
    }
  }
  throw noWayError(refused);
}

/** Says how IDs are mapped, for messages. */
export function describeMapping({ kind }: IdMapping): string {
  if (kind === "all") return "a user namespace for root";
  return kind === "one" ? "a user namespace with one ID" : "a user namespace with subordinate IDs";
}

async function proveOverlay(
  { runs }: SandboxHome,
  mapping: IdMapping,
  signal: AbortSignal | undefined,
): Promise<RunWay["overlay"] | undefined> {
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
    await removeMapped(runs, name, mapping);
  }
}
