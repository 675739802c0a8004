/** The work of `nixoci mutate`: flags become steps, in their order. */
import { openSource } from "../../../../transports/mod.ts";
import { parsePlace } from "../../../../transports/reference.ts";
import { useResources } from "../../../base/dispose.ts";
import { NixociError } from "../../../base/errors.ts";
import type { Digest } from "../../../bytes/digest.ts";
import { parsePlatform } from "../../../image/platform.ts";
import type { Root } from "../../../image/root.ts";
import type { Step } from "../../../image/step.ts";
import { annotate } from "../../../steps/annotate.ts";
import { config, type ConfigEdit } from "../../../steps/config.ts";
import { joinSteps } from "../../../steps/join-steps.ts";
import { normalize } from "../../../steps/normalize.ts";
import { createNoImageError } from "../../../steps/one-image.ts";
import { onPlatforms } from "../../../steps/on-platforms.ts";
import { squash } from "../../../steps/squash.ts";
import { strip } from "../../../steps/strip.ts";
import { deliver } from "../../delivery/mod.ts";
import { createChange } from "../../delivery/spared.ts";
import type { GivenFlag } from "../../kit/command.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { createAppendStep } from "./appended.ts";
import { CONFIG_EDITS, joinEdits } from "./config-edits.ts";
import type { ChangeName, MutateFlags } from "./flags.ts";
import { parseAnnotation } from "../../kit/keyed.ts";
import { createRebaseStep, type RebaseContext } from "./rebased.ts";
import { createRemoveStep } from "./removed.ts";

/** The flags, and the order in which they were given. */
interface MutateWords {
  readonly flags: MutateFlags;
  readonly given: readonly GivenFlag[];
}

/** Copies the image with all changes. */
export async function changeImage(
  source: string,
  destination: string,
  words: MutateWords,
  io: Io,
): Promise<void> {
  await useResources(async (hold) => {
    const holders = new Map<Digest, string>();
    const open = async (reference: string): Promise<Root> => {
      const place = parsePlace(reference, { bare: "registry", lasting: true });
      const options = readSideOptions(io.access, io, "src-");
      return await hold(await openSource(place, options)).resolve();
    };
    const steps = await createSteps(words, { open, holders, signal: io.signal });
    if (steps.length === 0) {
      throw new NixociError("USAGE", "nothing is to change", {
        hint: "say what with flags such as --env and --append, or use nixoci copy --all",
      });
    }
    const [from, to] = [source, destination].map((text) => parsePlace(text, { lasting: true }));
    const dryRun = words.flags["dry-run"] ?? false;
    const change = createChange(steps, { source: from!, destination: to!, holders, dryRun });
    await deliver(source, destination, words.flags, io, change);
  });
}

interface StepOptions extends RebaseContext {
  readonly signal: AbortSignal;
}

/** Makes the steps: what concerns images, in the flags' order, then the index and single images. */
async function createSteps({ flags, given }: MutateWords, options: StepOptions): Promise<Step[]> {
  const platforms = flags.platform?.map(parsePlatform);
  const [ofImages, ofOthers]: [Step[], Step[]] = [[], []];
  let edit: ConfigEdit | undefined;
  const endEdit = (): void => {
    if (edit !== undefined) ofImages.push(config(edit));
    edit = undefined;
  };
  for (const { flag, input } of given) {
    if (isConfigFlag(flag)) edit = joinEdits(edit ?? {}, CONFIG_EDITS[flag](input));
    else if (flag === "annotation") addAnnotationSteps(input, ofImages, ofOthers);
    else {
      const step = await createLayerStep(flag, input, flags["append-to"], options);
      if (step === undefined) continue;
      endEdit();
      ofImages.push(step);
    }
  }
  endEdit();
  if (ofImages.length === 0) return ofOthers;
  if (platforms === undefined) return [refuseArtifact, ...ofImages, ...ofOthers];
  return [refuseArtifact, onPlatforms(platforms, joinSteps(ofImages)), ...ofOthers];
}

/** Refuses what is not an image: the steps would change nothing, and say nothing. */
async function refuseArtifact(root: Root): Promise<Root> {
  if (root.kind === "artifact") throw await createNoImageError(root);
  return root;
}

function isConfigFlag(flag: string): flag is keyof typeof CONFIG_EDITS {
  return Object.hasOwn(CONFIG_EDITS, flag);
}

function addAnnotationSteps(text: string, ofImages: Step[], ofOthers: Step[]): void {
  const { edit, places, platform } = parseAnnotation(text);
  for (const place of places) {
    const step = annotate(edit, place);
    if (place !== "manifest") ofOthers.push(step);
    else if (platform === undefined) ofImages.push(step);
    else ofOthers.push(onPlatforms([parsePlatform(platform)], step));
  }
}

async function createLayerStep(
  flag: ChangeName | string,
  text: string,
  to: string | undefined,
  options: StepOptions,
): Promise<Step | undefined> {
  if (flag === "append") return await createAppendStep(text, { ...options, to });
  if (flag === "strip") return strip([text]);
  if (flag === "rm") return createRemoveStep(text, options.signal);
  if (flag === "squash") return squash(parseCount(text));
  if (flag === "flatten") return squash();
  if (flag === "rebase") return await createRebaseStep(text, options);
  if (flag === "reproducible") return normalize(readEpoch());
  return undefined;
}

function parseCount(text: string): number | undefined {
  if (text === "all") return undefined;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new NixociError("USAGE", `--squash: ${JSON.stringify(text)} is not a number of layers`, {
    hint: "write how many of the highest, or all",
  });
}

/** @see https://reproducible-builds.org/specs/source-date-epoch/ */
function readEpoch(): number {
  const text = process.env["SOURCE_DATE_EPOCH"] || "0";
  if (/^\d{1,11}$/.test(text)) return Number(text);
  throw new NixociError("USAGE", `SOURCE_DATE_EPOCH: ${JSON.stringify(text)} is not a time`, {
    hint: "write seconds since 1970",
  });
}
