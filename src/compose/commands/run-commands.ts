/** Runs the commands of a SPEC on the layers of the image, one after the other. */
import { join } from "node:path";
import type { Hold } from "../../base/dispose.ts";
import { codeOf, type NixociError, wrapError } from "../../base/errors.ts";
import type { OnNotice } from "../../base/notices.ts";
import { useResources } from "../../base/dispose.ts";
import { readFile } from "../../bytes/disk/file.ts";
import { readRunConfig, type RunFields } from "../../image/config/run-config.ts";
import { content } from "../../image/content.ts";
import type { Layer } from "../../image/root.ts";
import { createScratch } from "../../image/disk/scratch.ts";
import type { History, PlanConfig, PlanLayer } from "../../plan/mod.ts";
import { planLayerOf } from "../../plan/plan.ts";
import { writeLayerFile } from "../layers/layer-file.ts";
import { watchOutput } from "../scripts/output.ts";
import { makeTemporaryFolder } from "../scripts/temporary-folder.ts";
import type { SpecCommand } from "./command.ts";
import { wordsOf } from "./words.ts";

/** The surroundings of commands. */
export interface CommandSurroundings {
  /** All layers below, lowest first. */
  readonly layers: readonly Layer[];
  readonly config: PlanConfig;
  /** Keeps what the layers are made of until the image that is built is disposed of. */
  readonly hold: Hold;
  readonly onNotice?: OnNotice | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The layers that commands have made, and an entry of the history for each command. */
export interface CommandLayers {
  readonly layers: readonly PlanLayer[];
  readonly history: readonly History[];
}

/**
 * Runs the commands. One that changes nothing makes no layer, and has an entry in the history.
 * @throws NixociError as `runOnLayers` does, with the field.
 */
export async function runCommands(
  commands: readonly SpecCommand[],
  { layers: below, config, hold, onNotice, signal }: CommandSurroundings,
): Promise<CommandLayers> {
  const { path: folder } = hold(await makeTemporaryFolder());
  const layers: PlanLayer[] = [];
  const history: History[] = [];
  const all = [...below];
  for (const [i, command] of commands.entries()) {
    const entry = historyOf(command, config);
    const file = join(folder, `${i}.tar`);
    const made = await runCommand(command, all, { config, file, onNotice, signal });
    history.push(made === undefined ? { ...entry, empty_layer: true } : entry);
    if (made === undefined) continue;
    all.push(made);
    layers.push(planLayerOf(made, { tarball: file, history: entry }));
  }
  return { layers, history };
}

/** Runs one command, and keeps the layer that it makes in a file. */
async function runCommand(
  command: SpecCommand,
  layers: readonly Layer[],
  { config, file, onNotice, signal }: Omit<CommandSurroundings, "layers" | "hold"> & {
    readonly file: string;
  },
): Promise<Layer | undefined> {
  // The sandbox is heavy, and most images have no commands.
  const [{ runOnLayers }, { DEFAULT_PATH }] = await Promise.all([
    import("../../sandbox/mod.ts"),
    import("../../sandbox/place/program.ts"),
  ]);
  const run: RunFields = readRunConfig(config.config ?? {});
  const output = watchOutput(command.at, onNotice);
  const { add: onOutput } = output;
  try {
    return await useResources(async (hold) => {
      const scratch = hold(createScratch());
      const { layer } = await runOnLayers(layers, {
        ...wordsOf(command, run),
        env: [`PATH=${DEFAULT_PATH}`, ...run.Env ?? []],
        setsHome: true,
        folder: run.WorkingDir || "/",
        user: run.User || undefined,
        network: command.network,
        limits: command.limits,
      }, { scratch, mtime: timeOf(config), onOutput, onNotice, ...(signal && { signal }) });
      if (layer === undefined) return undefined;
      await writeLayerFile(layer, file);
      return { ...content(layer.descriptor, () => readFile(file)), diffId: layer.diffId };
    });
  } catch (error) {
    output.end();
    throw explainCommandFailure(error, command.at, output.line);
  } finally {
    output.end();
  }
}

function explainCommandFailure(error: unknown, at: string, line: number | undefined): NixociError {
  const isOwn = codeOf(error) === "FAILED" && line !== undefined;
  return wrapError(error, isOwn ? `${at}: line ${line}` : at);
}

/** Returns the time of what commands write: that of the image. */
function timeOf({ created }: PlanConfig): number {
  const time = Date.parse(created ?? "");
  return Number.isNaN(time) ? 1 : Math.max(0, Math.floor(time / 1000));
}

/** In characters: more of a command says nothing in a history. */
const LONGEST = 1000;

/** Returns the entry of a command, in Docker's words. */
function historyOf({ run }: SpecCommand, { created }: PlanConfig): History {
  const text = typeof run === "string" ? run : JSON.stringify(run);
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return { ...(created !== undefined && { created }), created_by: `RUN ${shown} # nixoci` };
}
