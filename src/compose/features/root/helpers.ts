/** `helpers`: files at the root that programs expect, and that no path of the SPEC brings. */
import { NixociError } from "../../../base/errors.ts";
import { keysOf } from "../../../base/keys-of.ts";
import type { MadeEntry } from "../../../recipe/mod.ts";
import type { Mention } from "../../draft.ts";
import {
  type ExtraUsers,
  makeBinSh,
  makeCaCertificates,
  makeExportProfile,
  makeFakeNss,
  makeLoader,
  makeRunProfile,
  makeShadowFiles,
  makeTmatePrograms,
  makeTmp,
  makeUsrBinEnv,
} from "../../helpers/mod.ts";
import type { NamedFiles } from "../../parts.ts";
import { defineFeature, type FieldValues, type Kinds } from "../feature.ts";
import { defineTextsFlag } from "../flag.ts";

/** Those that need a store path, and what they make of it. */
const OF_PATHS = {
  usrBinEnv: makeUsrBinEnv,
  binSh: makeBinSh,
  caCertificates: makeCaCertificates,
  loader: makeLoader,
  tmate: makeTmatePrograms,
} as const;

/** Those that need nothing. */
const OF_NOTHING = ["fakeNss", "shadowSetup", "tmp", "exportProfile", "runProfile"] as const;

function defineHelpers(is: Kinds) {
  const lines = (what: string) => is.field(is.list(is.text, "must be a list of lines"), what);
  const users = is.object({
    extraPasswdLines: lines("Lines of /etc/passwd between root and nobody"),
    extraGroupLines: lines("Lines of /etc/group between root and nobody"),
  }, "must be true, or an object with extraPasswdLines and extraGroupLines");
  return is.object({
    usrBinEnv: is.field(is.path, "/usr/bin/env: coreutils' store path, or the program in one"),
    binSh: is.field(is.path, "/bin/sh: bash's store path, or the shell in one"),
    caCertificates: is.field(
      is.path,
      "Certificates where programs look for them: cacert's store path, or the file in one",
    ),
    loader: is.field(
      is.path,
      "/lib64/ld-linux-x86-64.so.2, for programs of other distributions: glibc's store path, or the loader",
    ),
    tmate: is.field(
      is.path,
      "/bin/tmate, start-tmate and bash-tmate, to look into a job that failed: tmate's store path, or the " +
        "program",
    ),
    fakeNss: is.field(is.either(users, is.flag), "Users root and nobody, and others"),
    shadowSetup: is.field(
      is.either(is.path, is.flag),
      "Files that useradd and groupadd need, where the base has none: true, or root's shell",
    ),
    tmp: is.field(is.flag, "/tmp, for everybody"),
    exportProfile: is.field(is.flag, "/bin/export-profile, which makes the root of a last stage"),
    runProfile: is.field(is.flag, "/run/profile, a link to the root: its bin has the programs"),
  }, 'must be an object such as {"fakeNss": true}');
}

type HelpersSpec = FieldValues<{ helpers: ReturnType<typeof defineHelpers> }>["helpers"];

export const helpers = defineFeature((is: Kinds) => ({
  helpers: is.field(defineHelpers(is), "Files at the root that programs expect"),
}), {
  flags: {
    helper: defineTextsFlag({
      summary:
        "Files that programs expect: tmp, fakeNss, shadowSetup, exportProfile, runProfile; or binSh=, " +
        "usrBinEnv=, caCertificates=, loader= and tmate= with a store path",
      helpValue: "name[=path]",
    }, (texts, { helpers }) => ({
      helpers: { ...helpers, ...Object.fromEntries(texts.map(parseHelper)) },
    })),
  },
  add: ({ helpers }, image) => {
    if (!helpers) return {};
    if (helpers.fakeNss && helpers.shadowSetup) throw bothError();
    for (const name of [...keysOf(OF_PATHS), "shadowSetup" as const]) {
      checkPath(name, helpers[name]);
    }
    return {
      helpers: listHelpers(helpers),
      mentions: [...image.mentions, ...listMentions(helpers)],
    };
  },
});

/** Lists the paths that must be in the image. */
function listMentions(helpers: NonNullable<HelpersSpec>): Mention[] {
  return [...keysOf(OF_PATHS), "shadowSetup" as const].flatMap((name) => {
    const path = helpers[name];
    return typeof path === "string" ? { text: path, at: `helpers.${name}` } : [];
  });
}

/** Proves that a path is one of the image: what links lead to is there, and not where the SPEC is. */
function checkPath(name: string, path: string | boolean | null | undefined): void {
  if (typeof path !== "string" || path.startsWith("/")) return;
  throw new NixociError("USAGE", `helpers.${name}: ${JSON.stringify(path)} is not absolute`, {
    hint: "write a store path, or where the file is in the image",
  });
}

/** @throws NixociError `USAGE` for a line of users that is not one. */
function listHelpers(helpers: NonNullable<HelpersSpec>): NamedFiles[] {
  const { fakeNss, shadowSetup, tmp, exportProfile, runProfile } = helpers;
  const all: NamedFiles[] = [];
  const add = (name: string, made: readonly MadeEntry[]) =>
    void all.push({ at: `helpers.${name}`, make: () => made });
  for (const name of keysOf(OF_PATHS)) {
    const path = helpers[name];
    if (path) add(name, OF_PATHS[name](path));
  }
  if (fakeNss) add("fakeNss", makeFakeNss(usersOf(fakeNss), `helpers.fakeNss`));
  if (shadowSetup) {
    const shell = shadowSetup === true ? "/bin/sh" : shadowSetup;
    const make: NamedFiles["make"] = (isThere) => makeShadowFiles(shell, isThere);
    all.push({ at: `helpers.shadowSetup`, asksBase: true, make });
  }
  if (tmp) add("tmp", makeTmp());
  if (exportProfile) add("exportProfile", makeExportProfile());
  if (runProfile) add("runProfile", makeRunProfile());
  return all;
}

function usersOf(fakeNss: true | ExtraUsers): ExtraUsers {
  return fakeNss === true ? {} : fakeNss;
}

/** Parses what a flag names. */
function parseHelper(text: string): [string, string | true] {
  const [name = "", ...rest] = text.split("=");
  const path = rest.join("=");
  const needsPath = Object.hasOwn(OF_PATHS, name);
  const isKnown = needsPath || (OF_NOTHING as readonly string[]).includes(name);
  if (!isKnown) {
    throw new NixociError("USAGE", `--helper: there is no helper ${JSON.stringify(name)}`, {
      hint: `the helpers are ${
        [...OF_NOTHING, ...Object.keys(OF_PATHS).map((one) => `${one}=path`)].join(", ")
      }`,
    });
  }
  if (needsPath === (path !== "")) return [name, path || true];
  throw new NixociError(
    "USAGE",
    needsPath ? `--helper: ${name} needs a store path` : `--helper: ${name} takes no path`,
    { hint: `write --helper ${needsPath ? `${name}=/nix/store/…` : name}` },
  );
}

function bothError(): NixociError {
  return new NixociError("USAGE", "helpers: fakeNss and shadowSetup both make /etc/passwd", {
    hint: "take shadowSetup where useradd or groupadd run, else fakeNss",
  });
}
