/**
 * `extraCommands`, `fakeRootCommands` with `enableFakechroot`, and `runAsRoot`: dockerTools' scripts.
 * `tools` is what they call.
 */
import { NixociError } from "../../base/errors.ts";
import { namePaths } from "../parts.ts";
import type { LayerScript } from "../scripts/script.ts";
import { defineFeature, type Kinds } from "./feature.ts";
import { defineTextsFlag } from "./flag.ts";

export const scripts = defineFeature((is: Kinds) => ({
  extraCommands: is.field(
    is.text,
    "A bash script that runs in the folder of the customisation layer, which becomes /",
  ),
  fakeRootCommands: is.field(
    is.text,
    "The same after it, whose files keep the owners it gives them",
  ),
  enableFakechroot: is.field(is.flag, "true makes the layer the root that fakeRootCommands sees"),
  runAsRoot: is.field(
    is.text,
    "A bash script that runs as root on the base image and the customisation layer, before the others",
  ),
  tools: is.field(
    is.paths,
    "Store paths whose programs scripts find, such as those of bash and coreutils",
  ),
}), {
  asides: ["enableFakechroot", "tools"],
  flags: {
    tools: defineTextsFlag({
      summary: "A store path whose programs scripts find, such as that of bash",
      helpValue: "/nix/store/…",
    }, (paths, { tools }) => ({ tools: [...[tools ?? []].flat(), ...paths] })),
  },
  add: async (asked, image, { folder }) => {
    const all = listScripts(asked);
    const [first] = all;
    if (first === undefined) return {};
    if (image.style !== "dockertools") throw createStyleError(first);
    const { createScript } = await import("../scripts/run-script.ts");
    const tools = namePaths(asked.tools, { at: "", folder }, "tools");
    const settings = { tools, ...image.powers };
    const own = all.map((script) => createScript(script, settings));
    return { scripts: [...image.scripts, ...own] };
  },
});

/** The fields that have a script. */
interface ScriptsSpec {
  extraCommands?: string | null | undefined;
  fakeRootCommands?: string | null | undefined;
  enableFakechroot?: boolean | null | undefined;
  runAsRoot?: string | null | undefined;
  /** Of another feature, for whose script this one is asked as well. */
  image?: { readonly run?: string | null | undefined } | null | undefined;
}

/** Lists the scripts in the order in which dockerTools runs them. */
function listScripts(asked: ScriptsSpec): LayerScript[] {
  const { runAsRoot, extraCommands, fakeRootCommands } = asked;
  const folder = { isRoot: false, seesBase: false } as const;
  const isRoot = asked.enableFakechroot ?? false;
  return [
    ...(runAsRoot
      ? [
        {
          field: "runAsRoot",
          text: runAsRoot,
          isRoot: true,
          seesBase: true,
          ownsFiles: true,
        } as const,
      ]
      : []),
    ...(extraCommands
      ? [{ ...folder, field: "extraCommands", text: extraCommands, ownsFiles: false } as const]
      : []),
    ...(asked.image?.run
      ? [{ ...folder, field: "image.run", text: asked.image.run, ownsFiles: false } as const]
      : []),
    ...(fakeRootCommands
      ? [
        {
          ...folder,
          field: "fakeRootCommands",
          text: fakeRootCommands,
          isRoot,
          ownsFiles: true,
        } as const,
      ]
      : []),
  ];
}

function createStyleError({ field }: LayerScript): NixociError {
  return new NixociError("USAGE", `${field}: images of style nix2container have no scripts`, {
    hint: "leave the style out, or use run, which runs commands on all layers of the image",
  });
}
