/** `services` and `init`: programs that run together in one image. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { ImageDraft, Mention } from "../../draft.ts";
import { defineFeature, type Kinds } from "../feature.ts";
import { defineSwitchFlag, defineTextFlag, defineTextsFlag } from "../flag.ts";
import { defineService } from "./fields.ts";
import { readAskedServices, type ServicesSpec } from "./asked.ts";
import { isAnyStorePath } from "../../../nix/formats/store-path.ts";

const DERIVED = ["ports", "healthcheck", "user", "labels", "volumes"] as const;

function defineInit(is: Kinds) {
  return is.either(
    is.filled,
    is.object({
      program: is.field(is.filled, "s6 (the default), none, or a program that becomes PID 1"),
      packages: is.field(is.paths, "Store paths or folders that have s6, a shell and coreutils"),
      stopTimeout: is.field(
        is.seconds,
        "Seconds for the whole stop, one of them for what is left of services; 8 by default",
        {
          usual: 8,
        },
      ),
    }, "must be s6, none, the path of a program, or an object with program and packages"),
  );
}

export const services = defineFeature((is: Kinds) => ({
  services: is.field(
    is.record(defineService(is), "must be an object of services"),
    "Programs that run together in the image, by their names",
  ),
  units: is.field(
    is.list(
      is.either(
        is.filled,
        is.object({
          name: is.needed(is.filled, "Its name, as app.service"),
          text: is.needed(is.text, "What is in it"),
        }, "must be the name or file of a unit, or an object with name and text"),
      ),
      "must be a list of units",
    ),
    "systemd units that become services: by name as the image has them, by file (with a /), or as text",
  ),
  strictUnits: is.field(
    is.flag,
    "true refuses units with lines that cannot be kept; by default a notice says each",
    { usual: false },
  ),
  init: is.field(
    defineInit(is),
    "What runs them: s6 (the default where there are services), none, or a program that becomes PID 1",
  ),
  derive: is.field(
    is.list(is.oneOf(DERIVED, `must be one of ${DERIVED.join(", ")}`), "must be a list"),
    "What the image says of itself, from its services: all but volumes by default",
    { usual: DERIVED.filter((one) => one !== "volumes") },
  ),
}), {
  asides: ["init", "derive", "strictUnits"],
  flags: {
    unit: defineTextsFlag({
      summary: "Make a service of this systemd unit: its file, or its name in the image",
      helpValue: "app.service",
    }, (words, { units }) => ({ units: [...units ?? [], ...words.map(findUnitFile)] })),
    "strict-units": defineSwitchFlag(
      { summary: "Refuse units with lines that cannot be kept" },
      (strictUnits) => ({ strictUnits }),
    ),
    init: defineTextFlag(
      { summary: "What runs services: s6, none, or a program", helpValue: "program" },
      (init) => ({ init }),
    ),
  },
  async add(spec, image, { folder }) {
    const asked = readAskedServices(spec, folder, image.services);
    const { program } = asked;
    const isEmpty = asked.services.length + asked.units.length === 0;
    if (isEmpty && (program ?? "none") === "none") return {};
    // Large, and nearly no image has services.
    const { makeInitChange } = await import("../../services/init-change.ts");
    const change = makeInitChange({
      ...asked,
      program: program === "s6" ? undefined : program,
      folder,
      derive: spec.derive ?? DERIVED.filter((one) => one !== "volumes"),
      command: image.command,
      style: image.style,
      files: image.files,
      created: image.config.created,
    });
    return {
      late: [...image.late, change],
      own: addPackages(image, asked.packages),
      mentions: [...image.mentions, ...listMentions(spec)],
    };
  },
});

function listMentions({ services, units }: ServicesSpec): Mention[] {
  return [
    { text: JSON.stringify(services ?? {}), at: "services" },
    { text: JSON.stringify(units ?? []), at: "units" },
  ];
}

/** Adds the packages of the init: store paths as they are, the files of other folders at the root. */
function addPackages({ own }: ImageDraft, paths: readonly string[]): ImageDraft["own"] {
  const named = paths.map((path, i) => ({ path, at: `init.packages[${i}]` }));
  return {
    ...own,
    deps: [...own.deps, ...named.filter(({ path }) => isAnyStorePath(path))],
    copyToRoot: [...own.copyToRoot, ...named.filter(({ path }) => !isAnyStorePath(path))],
  };
}

/** Makes the path of a unit's file absolute, for a SPEC's own paths are below its folder. */
function findUnitFile(word: string): string {
  const isFile = word.includes("/") || existsSync(word);
  return isFile ? resolve(word) : word;
}
