/** Changes the config of images; their layers stay where they are. */
import { NixociError } from "../base/errors.ts";
import { editRunConfig, type RunEdit } from "../image/config/edit-run-config.ts";
import { contentOf } from "../image/content.ts";
import { rebuildImage } from "../image/documents/assemble.ts";
import { readConfig } from "../image/documents/load.ts";
import type { ConfigJson } from "../image/documents/schemas.ts";
import { encodeJson, isObject } from "../image/json.ts";
import { formatPlatform, type Platform } from "../image/platform.ts";
import type { Image, Root } from "../image/root.ts";
import type { Step, StepContext } from "../image/step.ts";
import { mapImages } from "./images.ts";

/** Changes of a config; what is left out stays. */
export interface ConfigEdit {
  /** The way that containers run. */
  readonly run?: RunEdit;
  /** The time when the image was made, as RFC 3339 has it. */
  readonly created?: string;
  readonly author?: string;
  /** The platform that it is for, where its config has that wrong; its entry in an index follows. */
  readonly platform?: Platform;
  /** `none` takes the history away. */
  readonly history?: "none";
}

/**
 * Creates a step that edits the config of each image. No layer moves or changes, an image that has
 * it all already keeps its bytes, and an index stays an index. An `Entrypoint` that comes without a
 * `Cmd` takes the old `Cmd` away, as in a Dockerfile; a notice says so.
 * @throws from the step, NixociError `USAGE` when two images of an index would be for one platform.
 * @example
 * ```ts
 * import { config, copy, openSink, openSource } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("oci-dir:out:edited");
 * const run = { Env: { MODE: "fast", DEBUG: null }, Labels: { team: "blue" } };
 * const { blobs } = await copy(from, to, { steps: [config({ run })] });
 * console.log(blobs.moved); // 4
 * ```
 */
export function config(edit: ConfigEdit): Step {
  return async (root, context) => {
    const result = await mapImages(root, (image) => editImage(image, edit, context));
    if (edit.platform !== undefined) refuseTwins(result, edit.platform);
    return result;
  };
}

async function editImage(image: Image, edit: ConfigEdit, context: StepContext): Promise<Image> {
  const { json } = await readConfig(image.config);
  const after = encodeJson(editConfig(json, edit, context));
  if (after.equals(encodeJson(json))) return image;
  const content = contentOf(image.config.descriptor.mediaType, after);
  const edited = await rebuildImage(image, { config: content });
  if (edit.platform === undefined) return edited;
  const descriptor = { ...edited.manifest.descriptor, platform: edit.platform };
  return { ...edited, manifest: { ...edited.manifest, descriptor } };
}

function editConfig(json: ConfigJson, edit: ConfigEdit, { onNotice }: StepContext): object {
  const { created, author, platform, history } = edit;
  const { variant: _v, "os.version": _o, "os.features": _f, ...rest } = json;
  const { history: _h, ...base } = platform === undefined ? json : { ...rest, ...platform };
  const told = history === "none"
    ? {}
    : json.history === undefined
    ? {}
    : { history: json.history };
  const result = {
    ...base,
    ...told,
    ...created !== undefined && { created },
    ...author !== undefined && { author },
  };
  const keys = [...Object.keys(json), ...Object.keys(result)];
  const ordered = Object.fromEntries(
    [...new Set(keys)].filter((key) => Object.hasOwn(result, key))
      .map((key) => [key, (result as Record<string, unknown>)[key]]),
  );
  if (edit.run === undefined) return ordered;
  return { ...ordered, config: editRun(json, edit.run, onNotice) };
}

function editRun(json: ConfigJson, edit: RunEdit, onNotice: StepContext["onNotice"]): object {
  const run = isObject(json.config) ? json.config : {};
  const drops = edit.Entrypoint !== undefined && edit.Cmd === undefined;
  const result = editRunConfig(run, drops ? { ...edit, Cmd: null } : edit);
  if (drops && Object.keys(run).some((key) => key.toLowerCase() === "cmd")) {
    const message = "the image's Cmd went with its old Entrypoint; give --cmd to have one";
    onNotice?.({ code: "LEFT_OUT", message });
  }
  return result;
}

function refuseTwins(root: Root, platform: Platform): void {
  if (root.kind !== "index") return;
  const name = formatPlatform(platform);
  const twins = root.children.filter(({ descriptor }) =>
    descriptor.platform !== undefined && formatPlatform(descriptor.platform) === name
  );
  if (twins.length < 2) return;
  throw new NixociError("USAGE", `the index would have ${twins.length} images for ${name}`, {
    hint: "choose the one that is wrong with --platform",
  });
}
