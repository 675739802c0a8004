/** The work of `nixoci plan`. */
import { resolve } from "node:path";
import { useResources } from "../../../base/dispose.ts";
import type { Notice } from "../../../base/notices.ts";
import { omitMissing } from "../../../base/omit-missing.ts";
import { writeAtomicFile } from "../../../bytes/disk/atomic.ts";
import { keepPassingLayers } from "../../../compose/keep-passing.ts";
import { readSpecWith, type SpecFlagValues } from "../../../compose/spec/flags.ts";
import type { SpecInFolder } from "../../../compose/spec/read.ts";
import { openStore } from "../../../nix/store/store.ts";
import { type Plan, writePlan } from "../../../plan/mod.ts";
import { addNarHashes } from "../../../plan/nar-hashes.ts";
import type { GlobalFlags } from "../../kit/command.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { withProgress } from "../../progress/mod.ts";
import type { MoveForecast } from "../../spec/against.ts";
import { buildFollowing } from "../../spec/image.ts";

/** A plan as it is written, and what is said of it where it goes to a file. */
export interface WrittenPlan {
  readonly text: string;
  readonly result: {
    readonly digest: string;
    readonly imageId: string;
    readonly name?: string;
    readonly layers: number;
    /** With `--against`. */
    readonly forecast?: MoveForecast;
  };
}

/** The flags of `plan`: what the image is, and where files go. */
export type PlanFlags = SpecFlagValues & Pick<GlobalFlags, "quiet"> & {
  readonly output?: string | undefined;
  readonly against?: string | undefined;
  readonly "nar-hashes"?: boolean | undefined;
  readonly "tar-directory"?: string | undefined;
};

/** Makes the plan that SPEC and flags ask for, and writes it to `--output`. */
export async function makePlan(
  spec: string | undefined,
  flags: PlanFlags,
  io: Io,
): Promise<WrittenPlan> {
  const asked = await readSpecWith(spec, flags, { onNotice: io.notice, signal: io.signal });
  let forecast: MoveForecast | undefined;
  const { plan, image } = await useResources(async (hold) => {
    const built = hold(
      await withProgress(flags.quiet ? "quiet" : "notices", (show) => {
        const notice = (one: Notice) => show({ type: "notice", ...one });
        const { signal } = io;
        const options = readSideOptions(io.access, { signal, notice });
        return buildFollowing(asked, options, flags.against, {
          onForecast: (found) => forecast = found,
        });
      }),
    );
    const { image } = built;
    return { image, plan: await keepPassingLayers(built, flags["tar-directory"]) };
  });
  const whole = flags["nar-hashes"] ? await addHashes(plan, asked) : plan;
  const text = writePlan(whole);
  if (flags.output !== undefined) await writeAtomicFile(flags.output, text, { follow: true });
  const { digest } = image.manifest.descriptor;
  const imageId = image.config.descriptor.digest;
  const { name } = plan;
  return {
    text,
    result: {
      digest,
      imageId,
      ...omitMissing({ name }),
      layers: plan.layers.length,
      ...forecast && { forecast },
    },
  };
}

/** Adds what the store, or what describes it, says of the plan's paths. */
async function addHashes(plan: Plan, { spec, folder }: SpecInFolder): Promise<Plan> {
  const descriptions = [spec.closure ?? []].flat().map((path) => resolve(folder, path));
  return await useResources(async (hold) => {
    const store = hold(await openStore({ root: resolve(folder, spec.store ?? "/"), descriptions }));
    return await addNarHashes(plan, store);
  });
}
