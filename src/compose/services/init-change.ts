/** Puts the init and its services on top of an image, and makes it what a container starts. */
import type { OnNotice } from "../../base/notices.ts";
import { NixociError } from "../../base/errors.ts";
import { readRunConfig, spellRunConfig } from "../../image/config/run-config.ts";
import type { PlanConfig } from "../../plan/mod.ts";
import type { LayerStyle, MadeEntry } from "../../recipe/mod.ts";
import { parseAccounts } from "../../services/accounts/mod.ts";
import { checkServices } from "../../services/check-services.ts";
import { findInitTools } from "../../services/init/find-tools.ts";
import { listLacking } from "../../services/init/lacking.ts";
import type { RunsOn } from "../../services/init/tools.ts";
import { INIT_FOLDER, makeInit } from "../../services/init/make.ts";
import type { Service } from "../../services/service.ts";
import type { CommandField, FileDefaults } from "../draft.ts";
import { type ImageFiles, readImageFiles } from "./image-files.ts";
import type { LateChange } from "../late.ts";
import type { LayerDraft } from "../layers/layer-draft.ts";
import { USUAL_PATH } from "../programs.ts";
import type { AskedServices } from "../features/services/asked.ts";
import { addDynamicUsers } from "./dynamic-users.ts";
import { dropAbsent, readUnits } from "./read-units.ts";
import { deriveConfig, type DerivedField } from "./derive.ts";

/** The init that a SPEC asks for, and the image that it is for. */
export interface AskedInit extends AskedServices {
  /** The folder that relative paths of units are below. */
  readonly folder: string;
  readonly derive: readonly DerivedField[];
  /** The field of the SPEC, not of its base, that says what is started. */
  readonly command: CommandField | undefined;
  readonly style: LayerStyle;
  readonly files: FileDefaults;
  readonly created: string | undefined;
}

const RUNS_ON: RunsOn = "the image";

/**
 * Makes the change. It throws NixociError `NOT_FOUND` for programs and users that the image lacks,
 * and `USAGE` for services that cannot be together.
 */
export function makeInitChange(asked: AskedInit): LateChange {
  return async ({ layers, config }, context) => {
    const { onNotice } = context;
    const files = await readImageFiles(layers, context.store, context);
    const run = readRunConfig(config.config ?? {});
    const path = pathOf(run.Env);
    if (asked.services.length + asked.units.length === 0) {
      checkProgram(asked.program!, path, files);
      return { layers: [], config: changeStart([asked.program!], config, asked) };
    }
    const services = await readServices(asked, files, config, onNotice);
    for (const notice of asked.notices) onNotice?.(notice);
    const users = addDynamicUsers({
      passwd: files.readText("/etc/passwd") ?? "",
      group: files.readText("/etc/group") ?? "",
    }, services);
    const accounts = parseAccounts(users);
    // What is wrong with a service counts more than what the init lacks: it is more likely a slip.
    await checkServices(services, {
      runsOn: RUNS_ON,
      findProgram: files.findProgram,
      kindOf: files.kindOf,
      accounts,
      path,
      mounts: [run.WorkingDir ?? [], Object.keys(run.Volumes ?? {})].flat(),
    });
    if (asked.program !== undefined) checkProgram(asked.program, path, files);
    const folders = [...asked.packages.map((one) => `${one}/bin`), ...path, ...USUAL_PATH];
    const tools = findInitTools(
      [...new Set(folders)],
      (place) => !!files.findProgram(place),
      RUNS_ON,
    );
    for (const notice of listLacking(services, tools, RUNS_ON)) onNotice?.(notice);
    const init = makeInit(services, {
      tools,
      ...(asked.stopTime !== undefined && { stopTime: asked.stopTime }),
    });
    for (const notice of init.notices) onNotice?.(notice);
    const first = [asked.program ?? [], `${INIT_FOLDER}/entrypoint`].flat();
    const started = changeStart(first, config, asked);
    const ordered = init.ordered.map(({ service }) => service);
    const derived = deriveConfig(started, ordered, {
      accounts,
      derive: asked.derive,
      onNotice,
    });
    return {
      layers: [
        draftLayer(init.programs, "the init", asked),
        draftLayer([...init.services, ...users.made, ...derived.folders], "its services", asked),
      ],
      config: derived.config,
      services: ordered,
    };
  };
}

/** Returns the services that the SPEC describes, and those of its units. */
async function readServices(
  { services, units, strictUnits: strict, folder }: AskedInit,
  files: ImageFiles,
  { architecture }: PlanConfig,
  onNotice: OnNotice | undefined,
): Promise<Service[]> {
  const options = { folder, tree: files.units, architecture, strict, onNotice };
  const ofUnits = await readUnits(units, options);
  const isOfUnit = (service: Service) => ofUnits.includes(service);
  return dropAbsent([...services, ...ofUnits], isOfUnit, onNotice);
}

function pathOf(env: readonly string[] = []): string[] {
  const path = env.findLast((one) => one.startsWith("PATH="));
  return path?.slice("PATH=".length).split(":") ?? USUAL_PATH;
}

function checkProgram(program: string, path: readonly string[], files: ImageFiles): void {
  const places = program.includes("/") ? [program] : path.map((folder) => `${folder}/${program}`);
  if (places.some((place) => files.findProgram(place))) return;
  throw new NixociError("NOT_FOUND", `init: the image has no program ${JSON.stringify(program)}`, {
    hint: "write s6, none, or the path of a program in the image",
  });
}

/**
 * Returns the config that starts these words. A command of the SPEC's own runs beside the services;
 * the base's would end the container with itself, and is left out.
 */
function changeStart(
  first: readonly string[],
  config: PlanConfig,
  { command, services, units }: AskedInit,
): PlanConfig {
  const run = spellRunConfig(config.config ?? {}, "config");
  const keeps = command !== undefined || services.length + units.length === 0;
  const { Cmd: cmd, Entrypoint: entrypoint, ...rest } = run;
  const own = keeps && Array.isArray(entrypoint) ? entrypoint : [];
  return {
    ...config,
    config: spellRunConfig({
      ...rest,
      Entrypoint: [...first, ...own],
      ...(keeps && cmd !== undefined && { Cmd: cmd }),
    }, "config"),
  };
}

/** Drafts a layer of what is made here. */
export function draftLayer(
  made: readonly MadeEntry[],
  comment: string,
  { style, files, created }: Pick<AskedInit, "style" | "files" | "created">,
): LayerDraft {
  return {
    recipe: { style, ...files, paths: [], made },
    history: { ...(created !== undefined && { created }), comment },
  };
}
