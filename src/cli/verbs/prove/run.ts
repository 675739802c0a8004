/** The work of `nixoci prove`. */
import { openBase } from "../../../../transports/base.ts";
import { openSource, type TransportOptions } from "../../../../transports/mod.ts";
import { parsePlace } from "../../../../transports/reference.ts";
import { type Hold, useResources } from "../../../base/dispose.ts";
import { NixociError } from "../../../base/errors.ts";
import { readSmallFile } from "../../../bytes/disk/small-file.ts";
import { build } from "../../../compose/build.ts";
import { readSpec } from "../../../compose/spec/read.ts";
import { isObject } from "../../../image/json.ts";
import { formatPlatform } from "../../../image/platform.ts";
import type { Image } from "../../../image/root.ts";
import { type ImageProof, proveOrigin } from "../../../prove/mod.ts";
import { readRootPlatform } from "../../../steps/platform.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import type { DisplayMode } from "../../progress/display.ts";
import { withProgress } from "../../progress/mod.ts";
import { watchImage, withImage } from "../../reference/image.ts";

/** The flags. */
export interface ProveFlags {
  readonly platform?: string[] | undefined;
  readonly tmpdir?: string | undefined;
  readonly progress: DisplayMode;
  readonly quiet?: boolean | undefined;
}

/** Proves that the image at a place is the one that a SPEC or plan makes here. */
export async function provePlace(
  text: string,
  spec: string,
  flags: ProveFlags,
  io: Io,
): Promise<ImageProof> {
  const place = parsePlace(text, { lasting: true });
  const { signal } = io;
  const mode = flags.quiet ? "quiet" : flags.progress;
  return await withProgress(mode, async (show) => {
    const notice: Io["notice"] = (message) => io.notice(message);
    const options = readSideOptions(io.access, { signal, notice });
    return await useResources(async (hold) => {
      const made = await makeImage(spec, options, hold);
      const own = await readRootPlatform(made);
      const platform = flags.platform ?? (own && [formatPlatform(own)]);
      const choice = { platform, tmpdir: flags.tmpdir };
      return await withImage(
        place,
        choice,
        options,
        async (image) => await proveOrigin(image, watchImage(made, show, signal), { signal }),
      );
    });
  }, { doing: "making", done: "made" });
}

/** Makes the image that a file describes, without what is remembered of its layers. */
async function makeImage(text: string, options: TransportOptions, hold: Hold): Promise<Image> {
  if (/^nix:/.test(text) || await isPlan(text)) {
    const plan = text.startsWith("nix:") ? text : `nix:${text}`;
    const root = await hold(await openSource(plan, options)).resolve();
    if (root.kind === "image") return root;
    throw new NixociError("UNSUPPORTED", `${text} is a plan of an ${root.kind}`);
  }
  const { signal, onNotice } = options;
  const { spec, folder } = await readSpec(text, onNotice, signal);
  const built = await build(spec, {
    folder,
    openBase: (from, which, below) => openBase(from, which, below, options),
    onNotice,
    signal,
  });
  return hold(built).image;
}

/** Tells a plan from a SPEC by its fields. @throws NixociError `USAGE` for a derivation. */
async function isPlan(path: string): Promise<boolean> {
  if (path.endsWith(".drv")) {
    throw new NixociError(
      "USAGE",
      `${path} is a derivation, which does not say what image it makes`,
      {
        hint: "build it, and give the plan or the SPEC that it makes",
      },
    );
  }
  if (path === "-") return false;
  const bytes = await readSmallFile(path, MAX_PLAN);
  try {
    const json: unknown = JSON.parse(bytes.toString());
    return isObject(json) && "version" in json && "image-config" in json;
  } catch {
    return false; // whose reader says what is wrong
  }
}

const MAX_PLAN = 64 * 1024 * 1024;
