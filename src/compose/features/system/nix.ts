/** `nix`: Nix in the image, with its settings, users, channels and database. */
import { NixociError } from "../../../base/errors.ts";
import { changeRunConfig, readRunConfig } from "../../../image/config/run-config.ts";
import { createNixDaemon, listBuildUsers, USUAL_BUILD_USERS } from "../../../services/nix/mod.ts";
import type { ImageCheck } from "../../customise/customisation.ts";
import type { ImageDraft } from "../../draft.ts";
import { createNixFiles, type NixUse } from "../../nix/nix-files.ts";
import { namePaths } from "../../parts.ts";
import { defineFeature, type FieldValues, type Kinds } from "../feature.ts";
import { createDatabaseFor } from "../store/nix-database.ts";
import { defineNix } from "./nix-fields.ts";
import { LINKED } from "./packages.ts";

type NixSpec = NonNullable<FieldValues<{ nix: ReturnType<typeof defineNix> }>["nix"]>;

/** Fields of another feature that ask for the same database. */
interface WithDatabase {
  nix?: NixSpec | null | undefined;
  includeNixDB?: boolean | null | undefined;
  initializeNixDatabase?: boolean | null | undefined;
}

export const nix = defineFeature((is: Kinds) => ({
  nix: is.field(
    defineNix(is),
    "Nix in the image, with NixOS's options of the time of nix-container-images",
  ),
}), {
  asides: ["nix"],
  add: ({ nix: asked, ...others }: WithDatabase, image, { folder }) => {
    if (!asked?.enable) return {};
    const hasDatabase = others.includeNixDB || others.initializeNixDatabase;
    if (hasDatabase && asked.user) throw databaseError();
    if (asked.daemon && asked.user && asked.user !== "root") throw daemonError();
    const [named] = namePaths(asked.package, { at: "", folder }, "nix.package");
    const use = readUse(asked, named?.path);
    const accounts = addBuildUsers(image.accounts, use);
    const { additions: database, checks } = hasDatabase
      ? { additions: [], checks: [] }
      : createDatabaseFor(image, use.user, accounts);
    const { own } = image;
    return {
      accounts,
      ...named && { own: { ...own, contents: [...own.contents, { ...named, only: LINKED }] } },
      additions: [...image.additions, createNixFiles(use, accounts), ...database],
      checks: [...image.checks, ...checks, ...listTold(asked)],
      config: { ...image.config, config: addVariables(image, use) },
      ...asked.daemon && { services: [...image.services, createDaemon(asked, use)] },
    };
  },
});

function readUse(asked: NixSpec, path: string | undefined): NixUse {
  const user = asked.user ?? "root";
  const channels = asked.channels ?? {};
  const hasChannels = Object.keys(channels).length > 0;
  const usualPath = hasChannels
    ? ["nixpkgs=/nix/var/nix/profiles/per-user/root/channels/nixpkgs"]
    : [];
  return {
    options: asked,
    path,
    user,
    channels,
    machines: asked.buildMachines ?? [],
    nixPath: asked.nixPath ?? (user === "root" ? usualPath : []),
    variables: asked.envVars ?? {},
    buildUsers: asked.nrBuildUsers ?? (user === "root" ? countBuildUsers(asked) : 0),
  };
}

function countBuildUsers({ maxJobs }: NixSpec): number {
  return Math.max(USUAL_BUILD_USERS, typeof maxJobs === "number" ? maxJobs : 0);
}

function addBuildUsers(accounts: ImageDraft["accounts"], { buildUsers }: NixUse) {
  const { users, groups } = listBuildUsers(buildUsers);
  return {
    ...accounts,
    isAsked: true,
    users: [...accounts.users, ...users],
    groups: [...accounts.groups, ...groups],
  };
}

/** Adds variables that the SPEC's own do not set. */
function addVariables({ config }: ImageDraft, { nixPath, variables }: NixUse) {
  const run = config.config ?? {};
  const there = readRunConfig(run).Env ?? [];
  const all = { ...variables, ...nixPath.length > 0 && { NIX_PATH: nixPath.join(":") } };
  const Env = Object.entries(all).filter(([name]) =>
    !there.some((one) => one.startsWith(`${name}=`))
  )
    .map(([name, value]) => `${name}=${value}`);
  return Env.length === 0 ? run : changeRunConfig(run, { Env });
}

function createDaemon({ daemonNiceLevel }: NixSpec, { path, variables }: NixUse) {
  return createNixDaemon({
    program: path === undefined ? "nix-daemon" : `${path}/bin/nix-daemon`,
    niceLevel: daemonNiceLevel ?? undefined,
    environment: variables,
    path: path === undefined ? [] : [path],
  });
}

/** Lists what is told of options that an image cannot have. */
function listTold(
  { readOnlyStore, daemonIONiceLevel, daemon, daemonNiceLevel }: NixSpec,
): ImageCheck[] {
  const told = [
    ...typeof readOnlyStore === "boolean" ? ["nix.readOnlyStore: an image mounts nothing"] : [],
    ...daemonIONiceLevel ? ["nix.daemonIONiceLevel: containers have no such priority"] : [],
    ...daemonNiceLevel && !daemon ? ["nix.daemonNiceLevel: there is no daemon"] : [],
  ];
  return told.map((message): ImageCheck => (_image, { onNotice }) => {
    onNotice?.({ code: "LEFT_OUT", message });
    return Promise.resolve();
  });
}

function databaseError(): NixociError {
  return new NixociError("USAGE", "nix.user: includeNixDB has an owner of its own (nixUid)", {
    hint: "leave includeNixDB out: nix.enable brings the database",
  });
}

function daemonError(): NixociError {
  return new NixociError("USAGE", "nix.user: the daemon runs as root, and the store is root's", {
    hint: "leave user out, or daemon",
  });
}
