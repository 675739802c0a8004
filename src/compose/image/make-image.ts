/** The image of layers that have names, with what can only be made once these are known. */
import type { Hold } from "../../base/dispose.ts";
import type { KnownLayers } from "../../cache/known.ts";
import type { Image } from "../../image/root.ts";
import { createPlanImage, type Plan, type PlanLayer } from "../../plan/mod.ts";
import { planLayerOf } from "../../plan/plan.ts";
import { createLayers, type LayerOptions } from "../../recipe/mod.ts";
import type { Base } from "../base/base.ts";
import { type CommandLayers, runCommands } from "../commands/run-commands.ts";
import type { ImageDraft, LayerDraft } from "../draft.ts";
import type { LateContext, LateResult } from "../late.ts";
import type { BaseBelow } from "./base-below.ts";

/** The surroundings of an image that is made. */
export interface ImageSurroundings extends LateContext {
  /** The image below. */
  readonly base?: Base | undefined;
  /** Digests of layers that need not be computed again. */
  readonly known?: KnownLayers | undefined;
  /** Keeps what the layers are made of until the image is disposed of. */
  readonly hold: Hold;
}

/** Makes the image of these layers and of those that the SPEC's commands make, which run now. */
export async function makeImage(
  draft: ImageDraft,
  layers: readonly PlanLayer[],
  below: BaseBelow | undefined,
  { store, hold, base, bases, known, onNotice, signal }: ImageSurroundings,
): Promise<{ readonly image: Image; readonly plan: Plan; readonly late: readonly PlanLayer[] }> {
  const imageOf = (plan: Plan) =>
    createPlanImage(plan, {
      store,
      known,
      base: base && (() => Promise.resolve(base.image)),
      below: base?.image.layers,
    });
  let plan = planOf(draft, layers, below);
  let image = await imageOf(plan);
  const { commands, config } = draft;
  if (commands.length + draft.late.length === 0) return { image, plan, late: [] };
  const surroundings = { layers: image.layers, config, hold, onNotice, signal };
  const ran = commands.length === 0
    ? { layers: [], history: [] }
    : await runCommands(commands, surroundings);
  if (commands.length > 0) {
    plan = planOf(draft, layers, below, ran);
    image = await imageOf(plan);
  }
  const context = { store, bases, onNotice, signal };
  const changed = await applyLate(draft, image, context);
  if (changed === undefined) return { image, plan, late: [] };
  const late = await nameLayers(changed.layers, { store, known, signal });
  const annotations = { ...changed.annotations, ...draft.plan.annotations };
  const fields = Object.keys(annotations).length > 0 ? { ...draft.plan, annotations } : draft.plan;
  const whole = planOf({ ...draft, plan: fields, config: changed.config }, layers, below, {
    layers: [...ran.layers, ...late],
    history: [...ran.history, ...late.map(({ history }) => history ?? {})],
  });
  return { image: await imageOf(whole), plan: whole, late };
}

/** Asks for what depends on all other layers; `undefined` where nothing does. */
async function applyLate(
  { late, config }: ImageDraft,
  { layers }: Image,
  context: LateContext,
): Promise<Required<LateResult> | undefined> {
  if (late.length === 0) return undefined;
  let all: Required<LateResult> = { layers: [], config, services: [], annotations: {} };
  for (const change of late) {
    const changed = await change({ ...all, layers }, context);
    all = {
      layers: [...all.layers, ...changed.layers],
      config: changed.config,
      services: [...all.services, ...changed.services ?? []],
      annotations: { ...all.annotations, ...changed.annotations },
    };
  }
  return all;
}

/** Names the layers by their digests: those that no file says are computed. */
export async function nameLayers(
  drafts: readonly (LayerDraft | PlanLayer)[],
  options: LayerOptions,
): Promise<PlanLayer[]> {
  const recipes = drafts.flatMap((draft) => "digest" in draft ? [] : draft.recipe);
  const made = (await createLayers(recipes, options)).values();
  return drafts.map((draft) => {
    if ("digest" in draft) return draft;
    const { recipe, history } = draft;
    return planLayerOf(made.next().value!, { recipe, history });
  });
}

function planOf(
  { config, plan }: ImageDraft,
  own: readonly PlanLayer[],
  below: BaseBelow | undefined,
  ran: CommandLayers = { layers: [], history: [] },
): Plan {
  const layers = [...below?.layers ?? [], ...own, ...ran.layers];
  const history = [
    ...below?.history ?? [],
    ...own.map(({ history }) => history ?? {}),
    ...ran.history,
  ];
  const isPlain = below === undefined && history.length === layers.length;
  return {
    config,
    layers,
    ...(!isPlain && { history }),
    ...(below && { base: below.reference }),
    ...plan,
  };
}
