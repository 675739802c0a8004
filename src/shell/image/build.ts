/** Builds shell images: a SPEC like any other, and the environment of a derivation on top. */
import { NixociError } from "../../base/errors.ts";
import type { OnNotice } from "../../base/notices.ts";
import type { ImageDraft } from "../../compose/draft.ts";
import { buildDraft, type BuildResult } from "../../compose/build.ts";
import type { Spec } from "../../compose/spec/spec.ts";
import type { Derivation } from "../../nix/derivation/derivation.ts";
import type { MadeEntry } from "../../recipe/made/made.ts";
import { quoteName } from "../../tar/name.ts";
import { makeImageName } from "../environment/checks.ts";
import type { ShellImageOptions } from "./image-options.ts";
import { makeShell, type Shell } from "../environment/make.ts";
import { formatMetadata, makeEditorFiles, METADATA_LABEL } from "./editors.ts";
import { addNix, checkNix } from "./nix.ts";
import { listImageNotices } from "./notices.ts";
import { BUILD_FOLDER } from "../environment/places.ts";
import { type ReadEnvironment, readEnvironment } from "../inputs/read-environment.ts";
import { completeUser, formatUserLines, listFolders, type ShellUser } from "./user.ts";

/**
 * Builds an image in which the environment of a derivation is that of nix-shell, and
 * `buildDerivation` builds it, as dockerTools' `buildNixShellImage` does.
 * @param file a `.drv` file, or what `nix derivation show` printed.
 * @throws NixociError `USAGE` for options that do not go together, `INCOMPLETE` for inputs that are
 * not in the store, `LIMIT` and `UNSUPPORTED` for what no container can start with, and whatever
 * reading the derivation and building the image throw.
 * @see https://nixos.org/manual/nixpkgs/stable/#ssec-pkgs-dockerTools-buildNixShellImage
 * @example
 * ```ts
 * import { buildShell } from "nixoci";
 * const spec = { store: "root", closure: "closure.json" };
 * await using built = await buildShell("hello.drv", { spec });
 * console.log(built.name); // hello-1.0-env:…
 * ```
 */
export async function buildShell(
  file: string,
  options: ShellImageOptions = {},
): Promise<BuildResult> {
  const { folder, known, into, onNotice, signal } = options;
  const user = completeUser(options);
  const packages = [...options.packages ?? [], ...options.nix === undefined ? [] : [options.nix]];
  const read = await readEnvironment(file, { ...options, packages }, folder);
  const { inputs: { path, derivation, packages: resolved } } = read;
  if (options.nix !== undefined) checkNix(resolved.at(-1)!, read.store);
  const shell = makeShell(path, derivation, {
    ...read.options,
    home: user.home,
    ...options.command !== undefined && { command: options.command },
    ...options.run !== undefined && { run: options.run },
  });
  report([...shell.notices, ...listImageNotices(read, options)], onNotice);
  const made = [
    ...listFolders(user, read.options.storeDir!),
    ...makeEditorFiles(read.foreign),
    ...shell.files,
  ];
  const environment = new Map(shell.environment);
  if (options.nix !== undefined) addNix(made, environment);
  const spec = createSpec(read, shell, user, options);
  const change = (draft: ImageDraft) => addShell(draft, made, environment);
  return await buildDraft(spec, change, { folder, known, into, onNotice, signal });
}

function report(notices: readonly Parameters<OnNotice>[0][], onNotice: OnNotice | undefined) {
  for (const notice of notices) onNotice?.(notice);
}

/** Creates the SPEC of the image: what is in its store, and what programs expect at its root. */
function createSpec(
  { inputs, programs, foreign, options: { shell, certificates } }: ReadEnvironment,
  { command }: Shell,
  user: ShellUser,
  options: ShellImageOptions,
): Spec {
  const { uid, gid } = user;
  const { derivation } = inputs;
  const hasNix = options.nix !== undefined || options.spec?.includeNixDB;
  return {
    ...platformOf(derivation),
    ...options.spec,
    name: options.spec?.name ?? makeImageName(derivation.name),
    deps: [...inputs.roots],
    helpers: {
      fakeNss: formatUserLines(user, shell),
      tmp: true,
      binSh: shell,
      ...programs.env !== undefined && { usrBinEnv: programs.env },
      ...certificates !== undefined && { caCertificates: certificates },
    },
    ...hasNix && { includeNixDB: true, nixUid: uid, nixGid: gid },
    config: {
      Cmd: [...command],
      User: `${uid}:${gid}`,
      WorkingDir: BUILD_FOLDER,
      Labels: { ...options.labels, [METADATA_LABEL]: formatMetadata(foreign) },
    },
  };
}

/** Returns the platform; there is none for what Nix itself builds. @throws NixociError `UNSUPPORTED`. */
function platformOf({ name, system }: Derivation): Pick<Spec, "architecture" | "os"> {
  if (system === "builtin") return {};
  const [architecture = "", os] = system.split("-");
  if (os === "linux") return { architecture, os };
  const why = `it is for ${quoteName(system)}, and shell images are for Linux`;
  throw new NixociError("UNSUPPORTED", `Cannot make an image of ${name}: ${why}`, {
    hint: "have Nix make it for Linux: nix-instantiate --system x86_64-linux",
  });
}

/**
 * Adds the environment. Its variables name paths that are not in the store, such as that of the
 * derivation's own output: all that is needed is among the inputs.
 */
function addShell(
  draft: ImageDraft,
  made: readonly MadeEntry[],
  environment: ReadonlyMap<string, string>,
): ImageDraft {
  const Env = [...environment].map(([name, value]) => `${name}=${value}`);
  return {
    ...draft,
    config: { ...draft.config, config: { ...draft.config.config, Env } },
    helpers: [...draft.helpers, { at: "the environment", make: () => made }],
  };
}
