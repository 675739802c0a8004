/**
 * `nix:PLAN`: an image whose layers are store paths, described by an `image.json` of nix2container's
 * or of `nixoci plan`; `-` is a pipe. Nothing of it is an archive anywhere: layers are made when they
 * are read, so that what the destination has already costs nothing.
 *
 * Every command loads this file, for its flag: what reads plans waits until there is one.
 */
import { dirname } from "node:path";
import process from "node:process";
import { isatty } from "node:tty";
import { type ByteStream, collectStream } from "../src/bytes/stream.ts";
import { disposeAll, useResources } from "../src/base/dispose.ts";
import { NixociError } from "../src/base/errors.ts";
import type { PlaceReference } from "../src/image/place.ts";
import type { Image } from "../src/image/root.ts";
import type { Source } from "../src/image/source.ts";
import type { SideOptions, Transport } from "../src/image/transport.ts";
import type { StoreOptions } from "../src/nix/store/store.ts";
import type { Plan } from "../src/plan/mod.ts";
import { defineAccess } from "./lib/access.ts";

/** The options of a side that `nix:` reads. */
export interface PlanSideOptions extends SideOptions {
  /** The store, by the folder that is `/` to its programs. */
  readonly store?: { readonly root?: string; readonly storeDir?: string };
  /** The memory of a plan's layers, to forget what is wrong. */
  readonly layers?: { forget(key: string): Promise<void> };
  /** Opens the image that a plan is based on; the library's `openSource` gives itself. */
  readonly openSource?: (reference: string, options?: PlanSideOptions) => Promise<Source>;
  /** The files of the plans that are based on this one: it cannot be based on them. */
  readonly basedOnIt?: readonly string[];
}

/** The flag. */
export const planAccess = defineAccess({
  store: {
    summary: "Folder that is / to the programs of the Nix store that a plan is about",
    takes: "folder",
  },
}, ({ store: root }): PlanSideOptions => root === undefined ? {} : { store: { root } });

/** A plan of a hundred thousand paths is as large, in bytes. */
const MAX_PLAN = 64 * 1024 * 1024;

async function openSource(
  { location }: PlaceReference,
  options: PlanSideOptions = {},
): Promise<Source> {
  if (location === "") {
    throw new NixociError("USAGE", '"nix:" is not a location', { hint: "write nix:PATH" });
  }
  const [{ createPlanImage, readPlan }, { locateFile, locateTarballs }] = await Promise.all([
    import("../src/plan/mod.ts"),
    import("../src/plan/located.ts"),
  ]);
  const { store = {}, layers: known, basedOnIt = [] } = options;
  const file = location === "-" ? location : locateFile(location, process.cwd(), store);
  const what = location === "-" ? "the plan on standard input" : `the plan ${location}`;
  if (basedOnIt.includes(file)) throw new NixociError("MALFORMED", `${what} is based on itself`);
  const bytes = await collectStream(readPlanFile(file, options), MAX_PLAN, what);
  const read = await readPlan(bytes, what);
  const plan = { ...read, layers: locateTarballs(read.layers, dirname(file), store) };
  if (plan.narHashes !== undefined) await checkStore(plan, store, what);
  const opened: AsyncDisposable[] = [];
  return {
    traits: {
      synthetic: true,
      namesAsGiven: plan.layers.some(({ recipe }) => recipe?.style === "dockertools"),
    },
    async resolve(reference) {
      if (reference) throw oneImageError(what, reference);
      const base = () => openBase(plan, { ...options, basedOnIt: [...basedOnIt, file] }, opened);
      return await createPlanImage(plan, { store, known, base });
    },
    // For places that take the names that images bring along.
    list: () => Promise.resolve(plan.name === undefined ? [] : [{ select: "", name: plan.name }]),
    [Symbol.asyncDispose]: () => disposeAll(opened),
  };
}

async function* readPlanFile(file: string, { signal }: PlanSideOptions): ByteStream {
  if (file === "-" && isatty(0)) {
    throw new NixociError("USAGE", "Cannot read a plan from a terminal", {
      hint: "name a file, or send a plan there: nixoci plan SPEC | nixoci copy nix:- …",
    });
  }
  const [{ readFile }, { readInput }, { isNamedPipe, readNamedPipe }] = await Promise.all([
    import("../src/bytes/disk/file.ts"),
    import("../src/bytes/disk/input.ts"),
    import("../src/bytes/disk/fifo.ts"),
  ]);
  if (file === "-") return yield* readInput(signal);
  if (await isNamedPipe(file)) return yield* readNamedPipe(file, signal);
  yield* readFile(file);
}

/** The image that the plan is based on, for its platform where there are several. */
async function openBase(
  plan: Plan,
  { openSource, basedOnIt = [] }: PlanSideOptions,
  opened: AsyncDisposable[],
): Promise<Image> {
  if (plan.base === undefined || openSource === undefined) {
    throw new NixociError("UNSUPPORTED", "nothing says how to open it", {
      hint: "open the plan with openSource, which knows all transports",
    });
  }
  const base = await openSource(plan.base, { basedOnIt });
  opened.push(base);
  const [{ createScratch }, { platform }] = await Promise.all([
    import("../src/image/disk/scratch.ts"),
    import("../src/steps/platform.ts"),
  ]);
  const { os = "linux", architecture = "", variant } = plan.config;
  const room = createScratch();
  opened.push(room);
  const choose = platform([{ os, architecture, variant }]);
  const root = await choose(await base.resolve(), { scratch: room });
  if (root.kind === "image") return root;
  throw new NixociError("UNSUPPORTED", `${plan.base} is not an image`);
}

/** Compares the store's paths with those that the plan was made of, where there is a database. */
async function checkStore(plan: Plan, options: StoreOptions, what: string): Promise<void> {
  const [{ openStore }, { checkNarHashes }] = await Promise.all([
    import("../src/nix/store/store.ts"),
    import("../src/plan/nar-hashes.ts"),
  ]);
  const store = await openStore(options).catch(() => undefined); // layers tell of what they lack
  if (store === undefined) return;
  await useResources(async (hold) => await checkNarHashes(plan, hold(store), what));
}

function oneImageError(what: string, reference: string): NixociError {
  return new NixociError("USAGE", `Cannot choose ${reference} from ${what}: it is of one image`);
}

/** Images of store paths. */
export const transport: Transport<PlanSideOptions> = { scheme: "nix", source: openSource };
