/** A command that runs on an image, as a step: the image gets one more layer. */
import { NixociError } from "../base/errors.ts";
import { contentOf } from "../image/content.ts";
import { rebuildImage } from "../image/documents/assemble.ts";
import { encodeJson } from "../image/json.ts";
import { readConfig } from "../image/documents/load.ts";
import type { Image } from "../image/root.ts";
import { readRunConfig, type RunFields } from "../image/config/run-config.ts";
import type { ConfigJson } from "../image/documents/schemas.ts";
import type { Step, StepContext } from "../image/step.ts";
import { convertToFamily } from "../steps/append.ts";
import type { SandboxCommand, SandboxOptions } from "./command.ts";
import { DEFAULT_PATH } from "./place/program.ts";
import { runOnLayers } from "./run.ts";

/** A command for an image; what it leaves out is as the image's config has it. */
export interface ImageCommand
  extends
    Pick<SandboxCommand, "argv" | "env" | "folder" | "user" | "network" | "limits" | "shares"> {
  /** The words are one line of the image's shell: `/bin/sh -c`, where its config has no other. */
  readonly isShellLine?: boolean;
  /**
   * The time of the layer and of its files, in seconds since 1970; when left out, that of the image
   * below.
   */
  readonly created?: number | undefined;
}

/**
 * Creates a step that runs a command on an image, as `RUN` of a Dockerfile does: with the
 * variables, user and folder of its config. The history has an entry for it, and so have commands
 * that change no file, which make no layer.
 * @throws from the step, NixociError `UNSUPPORTED` for what is not an image, and what
 * {@link runOnLayers} throws.
 * @example
 * ```ts
 * import { copy, openSink, openSource, platform, runOnImage } from "nixoci";
 *
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("oci-dir:out");
 * const steps = [platform(), runOnImage({ argv: ["/no-such-program"] })];
 * await copy(from, to, { steps }).catch(({ code }) => {
 *   console.log(code); // NOT_FOUND
 * });
 * ```
 */
export function runOnImage(
  command: ImageCommand,
  options: Pick<SandboxOptions, "cache" | "onOutput"> = {},
): Step {
  return async (root, context) => {
    if (root.kind === "image") return await addRunLayer(root, command, { ...context, ...options });
    throw new NixociError("UNSUPPORTED", `a command cannot run on an ${root.kind}`, {
      hint: root.kind === "index" ? "give one platform" : "only images have files",
    });
  };
}

async function addRunLayer(
  image: Image,
  command: ImageCommand,
  { scratch, signal, onNotice, cache, onOutput }:
    & StepContext
    & Pick<SandboxOptions, "cache" | "onOutput">,
): Promise<Image> {
  const { json } = await readConfig(image.config);
  const created = command.created ?? readTime(json.created);
  const full = completeCommand(command, readRunConfig(json.config ?? {}));
  const options = { scratch, signal, onNotice, cache, onOutput, mtime: created };
  const { layer } = await runOnLayers(image.layers, full, options);
  const time = new Date(created * 1000).toISOString().replace(".000Z", "Z");
  const entry = {
    created: time,
    created_by: `RUN ${command.argv.join(" ")} # nixoci`,
    ...(layer === undefined && { empty_layer: true }),
  };
  const layers = layer === undefined
    ? image.layers
    : [...image.layers, convertToFamily(image, layer)];
  const config = contentOf(
    image.config.descriptor.mediaType,
    encodeConfig(json, entry, layers, time),
  );
  return await rebuildImage(image, { config, layers });
}

/** Reads the time of an image, in whole seconds; the first second of 1970 where it says none. */
function readTime(created: unknown): number {
  const time = typeof created === "string" ? Math.floor(Date.parse(created) / 1000) : NaN;
  return Number.isFinite(time) && time > 0 ? time : 1;
}

/** Returns the command with all that the image says of how its programs run. */
function completeCommand(command: ImageCommand, config: RunFields): SandboxCommand {
  const { argv, env = [], isShellLine = false } = command;
  const { Env = [], User, WorkingDir, Shell } = config;
  const shell = Shell !== undefined && Shell.length > 0 ? Shell : ["/bin/sh", "-c"];
  const all = new Map([`PATH=${DEFAULT_PATH}`, ...Env, ...env].map((one) => [nameOf(one), one]));
  return {
    argv: isShellLine ? [...shell, argv.join(" ")] : argv,
    env: [...all.values()],
    folder: command.folder ?? (WorkingDir || "/"),
    user: command.user ?? User,
    setsHome: true,
    network: command.network,
    limits: command.limits,
    shares: command.shares,
  };
}

function nameOf(variable: string): string {
  return variable.split("=", 1)[0]!;
}

function encodeConfig(
  json: ConfigJson,
  entry: object,
  layers: Image["layers"],
  created: string,
): Uint8Array {
  return encodeJson({
    ...json,
    created,
    rootfs: { ...json.rootfs, diff_ids: layers.map(({ diffId }) => diffId) },
    history: [...json.history ?? [], entry],
  });
}
