/** `profile`: a profile of Nix as a whole image, the last stage of a build without any before it. */
import { resolve } from "node:path";
import { NixociError } from "../../../base/errors.ts";
import { changeRunConfig, readRunConfig } from "../../../image/config/run-config.ts";
import { diskRootOf } from "../../../recipe/store-root.ts";
import type { Addition } from "../../customise/customisation.ts";
import type { ImageDraft } from "../../draft.ts";
import { type NamedPath, namePaths } from "../../parts.ts";
import { defineFeature, type Kinds } from "../feature.ts";
import { defineTextFlag } from "../flag.ts";

export const profile = defineFeature((is: Kinds) => ({
  profile: is.field(
    is.path,
    "A profile of Nix, with all that it needs, as export-profile writes it: /run/profile, /etc, " +
      "/usr/bin/env and /bin/sh; PATH names its bin where nothing else does",
    { example: "/nix/var/nix/profiles/default" },
  ),
}), {
  flags: {
    profile: defineTextFlag(
      {
        summary: "Include this profile of Nix, as export-profile writes it: /run/profile, /etc …",
        helpValue: "path",
      },
      (profile) => ({ profile: resolve(profile) }),
      "file",
    ),
  },
  add: ({ profile }, image, { folder }) => {
    const [named] = namePaths(profile, { at: "", folder }, "profile");
    if (named === undefined) return {};
    const { own, additions, config } = image;
    return {
      own: { ...own, deps: [...own.deps, named] },
      additions: [...additions, createProfileFiles(named)],
      config: { ...config, config: addPath(image) },
    };
  },
});

function createProfileFiles(named: NamedPath): Addition {
  return async (_stored, { paths }) => {
    const { path } = await paths.locate(named);
    const root = diskRootOf(path, paths);
    const [{ followOnDisk }, { listProfileFiles }] = await Promise.all([
      import("../../profile/follow.ts"),
      import("../../profile/files.ts"),
    ]);
    const isProfile = paths.storePathOf(path) === path && followOnDisk(path, root)?.isFolder;
    if (isProfile) return listProfileFiles(path, root);
    throw new NixociError("USAGE", `${named.at}: ${named.path} is not a profile of Nix`, {
      hint: "name a link to one, such as /nix/var/nix/profiles/default, or its store path",
    });
  };
}

function addPath({ config }: ImageDraft) {
  const run = config.config ?? {};
  const isThere = (readRunConfig(run).Env ?? []).some((one) => one.startsWith("PATH="));
  return isThere ? run : changeRunConfig(run, { Env: ["PATH=/run/profile/bin"] });
}
