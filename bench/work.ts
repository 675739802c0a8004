/** Work that several tools can do: how each is told to, measured in turns, as a table. */
import { spawnSync } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BenchImage } from "./images.ts";
import { type LinkOptions, openLink } from "./link.ts";
import { measure, type Measurement } from "./measure.ts";
import type { Theatre } from "./stage.ts";
import { formatTimes, leastOf, markdown, showTime } from "./table.ts";
import { denoOf } from "./tools.ts";

/** Where a command works: registries as `host:port`, and paths. */
export interface Site {
  readonly image: BenchImage;
  /** Has `bench:latest`. */
  readonly full: string;
  readonly empty: string;
  /** What does not exist yet, in a folder of its own. */
  readonly output: string;
}

export type Command = (site: Site) => readonly string[];

export const TOOLS = [
  "nixoci",
  "nixoci on Deno",
  "crane",
  "regctl",
  "skopeo",
  "umoci",
  "docker",
] as const;
export type ToolName = typeof TOOLS[number];

export interface Work {
  readonly name: string;
  /** Run once before it is measured. */
  readonly again?: boolean;
  /** What the tools are to leave: its size is told, too. */
  readonly isSized?: boolean;
  /** What nixoci is to take at most on loopback, and far away. */
  readonly aim?: Aim;
  readonly farAim?: Aim;
  readonly tools: Readonly<Partial<Record<ToolName, Command>>>;
}

/** Part of a tool's time, or so many milliseconds. */
export type Aim = { readonly of: ToolName; readonly part: number } | { readonly most: number };

interface Once extends Measurement {
  /** The bytes that are there afterwards. */
  readonly size: number;
}

/** How work is measured. */
interface Circumstances {
  readonly runs: number;
  readonly deno: boolean;
  /** The link to the registries; loopback where there is none. */
  readonly way?: LinkOptions;
  /** Runs each command on so many cores. */
  readonly cores?: number;
}

export interface Told {
  readonly name: string;
  /** The circumstances, for people. */
  readonly how: string;
  readonly aim: Aim | undefined;
  readonly results: Readonly<Partial<Record<ToolName, readonly Once[]>>>;
}

/**
 * Measures the tools that are there in turns, so that what the machine does besides hits them alike. The
 * first turn warms the caches, and does not count.
 */
export async function measureWork(
  work: Work,
  theatre: Theatre,
  { runs, deno, way, cores }: Circumstances,
): Promise<Told> {
  const commands = await commandsOf(work, deno);
  const results: Partial<Record<ToolName, Once[]>> = {};
  const how = cores ? `${cores} of the cores` : way ? `${way.roundTrip} ms` : "loopback";
  console.error(`${work.name}, ${how}: ${[...commands.keys()].join(", ")}`);
  for (let i = 0; i <= runs; i++) {
    for (const [name, command] of commands) {
      const once = await measureOnce(work, command, theatre, { way, cores });
      if (i > 0) (results[name] ??= []).push(once);
    }
  }
  return { name: work.name, how, aim: way ? work.farAim : work.aim, results };
}

async function commandsOf({ tools }: Work, deno: boolean): Promise<Map<ToolName, Command>> {
  const ours = tools.nixoci!;
  const launch = deno ? await denoOf() : [];
  const all = deno
    ? { ...tools, "nixoci on Deno": (site: Site) => [...launch, ...ours(site).slice(1)] }
    : tools;
  const there = TOOLS.filter((name) => name in all && isThere(name));
  const missing = TOOLS.filter((name) => name in all && !there.includes(name));
  if (missing.length > 0) console.error(`not there: ${missing.join(", ")}`);
  return new Map(there.map((name) => [name, all[name]!]));
}

function isThere(name: ToolName): boolean {
  if (name.startsWith("nixoci")) return true;
  return spawnSync(name, [name === "crane" || name === "regctl" ? "version" : "--version"])
    .status === 0;
}

async function measureOnce(
  { again, isSized }: Work,
  command: Command,
  theatre: Theatre,
  { way, cores }: Pick<Circumstances, "way" | "cores">,
): Promise<Once> {
  return await theatre.withStage(async ({ image, seeded, folder, emptyRegistry }) => {
    const hosts = [seeded, await emptyRegistry()];
    const links = way
      ? await Promise.all(hosts.map((host) => openLink(Number(host.split(":")[1]), way)))
      : [];
    const [full = "", empty = ""] = way ? links.map(({ host }) => host) : hosts;
    const pinned = cores ? ["taskset", "--cpu-list", `0-${cores - 1}`] : [];
    const words = [...pinned, ...command({ image, full, empty, output: join(folder, "out") })];
    const env = { ...theatre.env, PATH: process.env["PATH"] };
    try {
      if (again) await measure(words, env);
      const once = await measure(words, env);
      return { ...once, size: isSized ? await sizeOf(folder) : 0 };
    } finally {
      for (const link of links) await link.close();
    }
  });
}

/** The bytes of all files below a folder. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries.filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Says what was measured: the best and the median time, the least processor time, the aim. */
export function formatWorks(told: readonly Told[]): string {
  const tools = TOOLS.filter((name) => told.some(({ results }) => name in results));
  return markdown(
    ["best, median; processor", "how", ...tools, "aim", "memory"],
    told.map(({ name, how, aim, results }) => [
      name,
      how,
      ...tools.map((tool) => formatCell(results[tool])),
      formatAim(aim, results),
      `${Math.round(Math.max(...results.nixoci!.map(({ peak }) => peak)) / 2 ** 20)} MiB`,
    ]),
  );
}

function formatCell(all: readonly Once[] | undefined): string {
  if (all === undefined) return "–";
  const size = all[0]!.size > 0 ? `, ${(all[0]!.size / 1e6).toFixed(0)} MB` : "";
  return formatTimes(all) + size;
}

/** Says the aim, and what was reached of it: in time, and in processor time. */
function formatAim(aim: Aim | undefined, results: Told["results"]): string {
  const ours = leastOf(results.nixoci!);
  if (aim === undefined) return "–";
  if ("most" in aim) {
    return `${showTime(aim.most)}${ours.best <= aim.most ? "" : ": **missed**"}`;
  }
  const peer = results[aim.of];
  if (peer === undefined) return `${aim.part} of ${aim.of}`;
  const theirs = leastOf(peer);
  const [time, processor] = [ours.best / theirs.best, ours.processor / theirs.processor];
  const missed = time <= aim.part ? "" : "**missed** ";
  return `${aim.part} of ${aim.of}: ${missed}${time.toFixed(2)}; ${processor.toFixed(2)}`;
}
