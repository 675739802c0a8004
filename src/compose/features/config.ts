/** `config` and `inherit`: how containers run, and what of that the base image says. */
import { NixociError } from "../../base/errors.ts";
import {
  changeRunConfig,
  type Inherit,
  mergeRunConfig,
  readRunConfig,
  type RunConfig,
  type RunFields,
  spellRunConfig,
} from "../../image/config/run-config.ts";
import type { LayerStyle } from "../../recipe/mod.ts";
import type { ImageCheck } from "../customise/customisation.ts";
import type { CommandField } from "../draft.ts";
import { defineFeature, type Kinds } from "./feature.ts";
import { defineChoiceFlag, defineTextFlag, defineTextsFlag, type FlagShape } from "./flag.ts";
import { checkFolder, checkUserName, checkVariable, parsePairs, parseWords } from "./words.ts";

const INHERIT: Readonly<Record<LayerStyle, Inherit>> = {
  dockertools: "env",
  nix2container: "none",
};

/** The field that these flags change. */
export interface WithConfig {
  config?: RunConfig | null | undefined;
}

export const config = defineFeature((is: Kinds) => ({
  config: is.field(
    is.mapping("must be an object"),
    "How containers run: Cmd, Env, User … of the image specification, keys in any case",
  ),
  inherit: is.field(
    is.oneOf(["none", "env", "all"], "must be none, env or all"),
    "What of the base image's config stays: env by default (none in style nix2container); all where " +
      "flags alone describe the image",
  ),
}), {
  flags: {
    inherit: defineChoiceFlag(
      ["all", "env", "none"] as const,
      {
        summary:
          "What of the base's config stays: all by default, as a SPEC has it where there is one",
      },
      (inherit) => ({ inherit }),
    ),
    cmd: defineSetFlag(
      {
        summary:
          "What runs by default: words, or a JSON list; a bare name is looked up in the image",
        helpValue: "words",
      },
      (text) => ({ Cmd: parseWords(text, "cmd") }),
    ),
    entrypoint: defineSetFlag(
      {
        summary: "What always runs, with cmd behind it: words, or a JSON list",
        helpValue: "words",
      },
      (text) => ({ Entrypoint: parseWords(text, "entrypoint") }),
    ),
    env: defineAddFlag(
      { char: "e", summary: "A variable", helpValue: "NAME=value" },
      (variables) => ({ Env: variables.map(checkAssignment) }),
    ),
    label: defineAddFlag(
      { char: "l", summary: "A label", helpValue: "key=value" },
      (labels) => ({ Labels: parsePairs(labels, "label") }),
    ),
    workdir: defineSetFlag(
      { char: "w", summary: "Where it runs", helpValue: "dir" },
      (folder) => ({ WorkingDir: folder && checkFolder(folder, "workdir") }),
    ),
    user: defineSetFlag(
      { char: "u", summary: "Who runs it", helpValue: "user[:group]" },
      (user) => ({ User: user && checkUserName(user) }),
    ),
    port: defineAddFlag(
      { char: "p", summary: "A port that it listens on", helpValue: "port[/protocol]" },
      (ports) => ({ ExposedPorts: namesOf(ports.map(completePort)) }),
    ),
    volume: defineAddFlag(
      { summary: "A folder for data", helpValue: "dir" },
      (folders) => ({ Volumes: namesOf(folders.map((folder) => checkFolder(folder, "volume"))) }),
    ),
  },
  add: ({ config, inherit }, image, { base }) => {
    const own = spellRunConfig(config ?? {}, "config");
    checkPorts(own);
    const stays = inherit ?? INHERIT[image.style];
    const author = stays === "all" ? base?.author ?? undefined : undefined;
    const run = mergeRunConfig(base?.config ?? {}, own, stays);
    return {
      config: { ...image.config, ...(author !== undefined && { author }), config: run },
      command: findCommandField(own, run),
      mentions: [...image.mentions, { text: JSON.stringify(own), at: "config" }],
      // Who says what stays knows what goes.
      checks: [...image.checks, ...(inherit == null ? reportLost(base?.config ?? {}, run) : [])],
    };
  },
});

/** Tells what a base says of how it runs, and the image no longer does. */
function reportLost(base: RunConfig, run: RunConfig): ImageCheck[] {
  const lost = Object.entries(readRunConfig(base))
    .filter(([name, value]) => !isEmpty(value) && run[name] === undefined)
    .map(([name]) => name);
  if (lost.length === 0) return [];
  const message = `The base's ${lost.join(", ")} ${lost.length === 1 ? "is" : "are"} not kept: ` +
    "say in config what is wanted, or in inherit what stays (all, env, none)";
  return [(_image, { onNotice }) => Promise.resolve(onNotice?.({ code: "LEFT_OUT", message }))];
}

/** Tells an empty text, list or object. */
function isEmpty(value: unknown): boolean {
  return value === "" || Object.keys(Object(value)).length === 0 && typeof value === "object";
}

/** Finds the field that is started, unless it is the base's. */
function findCommandField(own: RunConfig, run: RunConfig): CommandField | undefined {
  const { Entrypoint: entrypoint = [] } = readRunConfig(run);
  const field = entrypoint.length > 0 ? "Entrypoint" : "Cmd";
  return own[field] === undefined ? undefined : field;
}

function defineSetFlag(shape: FlagShape, change: (text: string) => RunFields) {
  return defineTextFlag<WithConfig>(
    shape,
    (text, { config }) => ({ config: changeRunConfig(config ?? {}, change(text)) }),
  );
}

function defineAddFlag(
  shape: FlagShape,
  change: (texts: readonly string[]) => RunFields,
) {
  return defineTextsFlag<WithConfig>(shape, (texts, { config }) => ({
    config: changeRunConfig(config ?? {}, change(texts)),
  }));
}

/**
 * Returns the port with its protocol.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#properties
 */
export function completePort(port: string): string {
  const [, number, protocol = "tcp"] = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/.exec(port) ?? [];
  if (Number(number) >= 1 && Number(number) <= 65_535) return `${number}/${protocol}`;
  throw new NixociError("USAGE", `--port: ${JSON.stringify(port)} is not a port`, {
    hint: "write a number from 1 to 65535, or with a protocol as 53/udp; several one by one",
  });
}

/** Checks the ports that the SPEC exposes: engines refuse containers that have no number for one. */
function checkPorts(own: RunConfig): void {
  for (const port of Object.keys(readRunConfig(own).ExposedPorts ?? {})) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?(?:\/(?:tcp|udp|sctp))?$/i.exec(port) ?? [];
    if (Number(first) >= 1 && Number(last) >= Number(first) && Number(last) <= 65_535) continue;
    throw new NixociError("USAGE", `config.ExposedPorts: ${JSON.stringify(port)} is not a port`, {
      hint: "write a number from 1 to 65535, or with a protocol as 53/udp",
    });
  }
}

/** Checks a variable with its value; one without is told of with all of the config. */
function checkAssignment(text: string): string {
  const at = text.indexOf("=");
  if (at > 0) checkVariable(text.slice(0, at));
  return text;
}

/** Returns an object of these names, which is how the specification writes a set. */
function namesOf(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}
