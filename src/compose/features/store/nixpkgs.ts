/** `nixpkgs`: nixpkgs in the image's store, where expressions that pin it look for it. */
import { resolve } from "node:path";
import { NixociError } from "../../../base/errors.ts";
import { changeRunConfig, readRunConfig } from "../../../image/config/run-config.ts";
import type { ImageDraft } from "../../draft.ts";
import { makeAbsolute } from "../../parts.ts";
import { defineFeature, type FieldValues, type Kinds } from "../feature.ts";
import { defineTextFlag, defineTextsFlag } from "../flag.ts";

/** The name that niv gives it, and with it expressions that want to find it in an image. */
export const NIXPKGS_NAME = "nixpkgs-src";

function defineNixpkgs(is: Kinds) {
  return is.object({
    source: is.needed(
      is.path,
      "A folder, a store path, or an archive (tar, gzip, zstd) of one folder, such as GitHub's of a commit",
    ),
    names: is.field(
      is.list(is.filled, "must be a list of names"),
      "Its names in the store: fetchTarball finds it by name and hash; npins and flakes call it source",
      { usual: [NIXPKGS_NAME], example: [NIXPKGS_NAME, "source"] },
    ),
    sha256: is.field(is.filled, "The hash that it must have, in any of Nix's forms", {
      example: "sha256-…=",
    }),
  }, 'must be a path, or an object such as {"source": "nixpkgs.tar.gz"}');
}

type NixpkgsSpec = FieldValues<{ nixpkgs: ReturnType<typeof defineNixpkgs> }>["nixpkgs"];

/** The field, and where the store is. */
interface NixpkgsFields {
  nixpkgs?: NixpkgsSpec | string | null | undefined;
  store?: string | null | undefined;
}

export const nixpkgs = defineFeature((is: Kinds) => ({
  nixpkgs: is.field(
    is.either(defineNixpkgs(is), is.path),
    "Nixpkgs in the image's store, as fetchTarball would have put it there; NIX_PATH names it where " +
      "nothing else does",
  ),
}), {
  flags: {
    nixpkgs: defineTextFlag({
      summary: "Have nixpkgs in the image's store: a folder, a store path or an archive",
      helpValue: "path",
    }, (source, { nixpkgs }) => ({
      nixpkgs: { ...typeof nixpkgs === "object" ? nixpkgs : {}, source: resolve(source) },
    }), "file"),
    "nixpkgs-name": defineTextsFlag({
      summary: `Its name there: ${NIXPKGS_NAME} by default; again for one more, such as source`,
      helpValue: "name",
    }, (names, { nixpkgs }) => {
      if (!nixpkgs) throw namelessError();
      const asked = typeof nixpkgs === "string" ? { source: nixpkgs } : nixpkgs;
      return { nixpkgs: { ...asked, names: [...names] } };
    }),
  },
  add: async ({ nixpkgs, store }: NixpkgsFields, image, { folder, hold, signal }) => {
    if (!nixpkgs) return {};
    const { source, names, sha256 } = typeof nixpkgs === "string" ? { source: nixpkgs } : nixpkgs;
    // Large, and nearly no image has it.
    const { openStoreTree } = await import("../../nixpkgs/tree.ts");
    const tree = await openStoreTree(
      {
        at: "nixpkgs",
        source: makeAbsolute(source, { at: "", folder }),
        root: resolve(folder, store ?? "/"),
        names: names ?? [NIXPKGS_NAME],
        hash: sha256 ?? undefined,
      },
      hold,
      signal,
    );
    const [first] = tree.infos;
    return {
      trees: [...image.trees, tree],
      config: { ...image.config, config: addNixPath(image, first!.path) },
    };
  },
});

function addNixPath({ config }: ImageDraft, path: string) {
  const run = config.config ?? {};
  const isThere = (readRunConfig(run).Env ?? []).some((one) => one.startsWith("NIX_PATH="));
  return isThere ? run : changeRunConfig(run, { Env: [`NIX_PATH=nixpkgs=${path}`] });
}

function namelessError(): NixociError {
  return new NixociError("USAGE", "--nixpkgs-name: there is no nixpkgs", {
    hint: "name it with --nixpkgs, or in the SPEC",
  });
}
