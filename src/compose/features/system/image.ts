/** `image`: what nix-container-images' module of that name has beside what other fields say. */
import { posix } from "node:path";
import { NixociError } from "../../../base/errors.ts";
import { readRunConfig } from "../../../image/config/run-config.ts";
import type { Addition } from "../../customise/customisation.ts";
import { SHELL_FOLDERS } from "../../accounts/shells.ts";
import { namePaths } from "../../parts.ts";
import { defineFeature, type Kinds } from "../feature.ts";
import { LINKED } from "./packages.ts";

export const image = defineFeature((is: Kinds) => ({
  image: is.field(
    is.object({
      run: is.field(
        is.text,
        "A bash script that runs after extraCommands, in the folder of the customisation layer",
        { example: "echo hello > etc/motd" },
      ),
      interactive: is.field(
        is.either(is.flag, is.paths),
        "For people who work in it: the store paths of a shell and of coreutils, which are linked as " +
          "systemPackages are; or true, which proves that the image has them",
        { usual: false, example: ["/nix/store/…-bash-5.3", "/nix/store/…-coreutils-9.7"] },
      ),
    }, "must be an object with run and interactive"),
    "Of nix-container-images: a script, and packages for people",
  ),
}), {
  add: ({ image: asked }, { own, additions, config }, { folder }) => {
    const { interactive } = asked ?? {};
    if (!interactive) return {};
    const paths = interactive === true ? [] : interactive;
    const named = namePaths(paths, { at: "", folder }, "image.interactive");
    const path = readRunConfig(config.config ?? {}).Env?.findLast((one) => one.startsWith("PATH="));
    const folders = [...path?.slice("PATH=".length).split(":") ?? [], ...SHELL_FOLDERS];
    return {
      own: {
        ...own,
        contents: [...own.contents, ...named.map((one) => ({ ...one, only: LINKED }))],
      },
      additions: [...additions, createCheck(folders)],
    };
  },
});

/** Programs without which nobody can work: one of each line. */
const WANTED = [["bash", "sh"], ["ls"]];

/** Creates what adds nothing, and refuses an image that people cannot work in. */
function createCheck(folders: readonly string[]): Addition {
  return async (stored, context, drafted) => {
    const [{ readBaseAccounts }, { createProgramLookup }] = await Promise.all([
      import("../../accounts/read-base.ts"),
      import("../../accounts/shells.ts"),
    ]);
    const base = await readBaseAccounts(context.base, {
      known: context.bases,
      signal: context.signal,
    });
    const has = createProgramLookup(base, drafted, stored, context);
    const hasOne = (names: readonly string[]) =>
      names.some((name) => folders.some((folder) => has(posix.join(folder, name))));
    const missing = WANTED.find((names) => !hasOne(names));
    if (missing === undefined) return [];
    throw new NixociError(
      "USAGE",
      `image.interactive: the image has no ${missing.join(" and no ")}`,
      {
        hint: "write the store paths of bash and coreutils there, in place of true",
      },
    );
  };
}
