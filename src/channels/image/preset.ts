/**
 * Base images: a SPEC of `build` with all that an image needs so that Nix works in it at once. What a
 * SPEC says itself stays; the rest follows from its packages.
 */
import { resolve } from "node:path";
import { NixociError } from "../../base/errors.ts";
import type { Spec } from "../../compose/spec/spec.ts";
import { readRunConfig } from "../../image/config/run-config.ts";
import { findPackageFiles, type PackageFiles } from "./packages.ts";
import { computeSpecHash } from "./spec-hash.ts";

/** As many as nix-docker-base has. */
const BUILD_USERS = 30;

/** The owner of the store where nothing says who, and the account of anybody else. */
const ROOT = "root";
const USER_ID = 1000;
const USERS_GROUP_ID = 100;

const NSSWITCH = "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n";

type Config = NonNullable<Spec["config"]>;

/**
 * Completes the SPEC of a base image. Its fields win, one by one; a field that is `null` is left out.
 * @param folder the folder that its relative paths are below.
 * @throws NixociError `USAGE` where it names no Nix; what finding the packages throws.
 * @example
 * ```ts
 * import { completeBaseSpec } from "nixoci";
 * import { writeFile } from "node:fs/promises";
 * const path = `/nix/store/${"a".repeat(32)}-nix-2.36.0`;
 * await writeFile("graph.json", JSON.stringify([{ path, narSize: 120, references: [] }]));
 * const spec = await completeBaseSpec({ nix: { package: path }, closure: "graph.json" });
 * console.log(spec.name, spec.nix?.nrBuildUsers); // nixpkgs 30
 * ```
 */
export async function completeBaseSpec(asked: Spec, folder: string = "."): Promise<Spec> {
  const nix = asked.nix?.package;
  if (!nix) {
    throw new NixociError("USAGE", "nix.package: a base image needs a Nix", {
      hint: "name its store path there, or with --nix",
    });
  }
  const packages = [...listOf(asked.systemPackages), nix];
  const files = await findPackageFiles(packages, {
    root: resolve(folder, asked.store ?? "/"),
    descriptions: listOf(asked.closure).map((file) => resolve(folder, file)),
  });
  const user = asked.nix?.user ?? ROOT;
  const whole: Spec = {
    ...asked,
    name: asked.name ?? "nixpkgs",
    nix: {
      nrBuildUsers: user === ROOT ? BUILD_USERS : 0,
      maxJobs: "auto",
      ...asked.nix,
      enable: true,
    },
    ...user !== ROOT && { users: { [user]: describeUser(), ...asked.users } },
    etc: { "nsswitch.conf": { text: NSSWITCH }, ...asked.etc },
    helpers: { ...listHelpers(files), ...asked.helpers },
    config: completeConfig(asked.config ?? {}, files, user, asked.users?.[user] === undefined),
  };
  return addLabel(whole, computeSpecHash(whole));
}

function listOf(value: string | readonly string[] | null | undefined): readonly string[] {
  return [value ?? []].flat();
}

function describeUser() {
  return { isNormalUser: true, uid: USER_ID };
}

function listHelpers({ env, certificates, loader }: PackageFiles): Spec["helpers"] {
  return {
    tmp: true,
    exportProfile: true,
    runProfile: true,
    ...env && { usrBinEnv: env },
    ...certificates && { caCertificates: certificates },
    ...loader && { loader },
  };
}

function completeConfig(
  asked: Config,
  files: PackageFiles,
  user: string,
  isOurs: boolean,
): Config {
  const { Cmd, Entrypoint, WorkingDir, User } = readRunConfig(asked);
  const home = user === ROOT ? "/root" : `/home/${user}`;
  const shell = files.bash ? "bash" : files.sh ? "sh" : undefined;
  return {
    ...asked,
    ...!Cmd && !Entrypoint && shell && { Cmd: [shell] },
    ...!WorkingDir && { WorkingDir: home },
    // Orchestrators that refuse root understand numbers alone.
    ...!User && user !== ROOT && { User: isOurs ? `${USER_ID}:${USERS_GROUP_ID}` : user },
    Env: completeEnv(readRunConfig(asked).Env ?? [], files, user, home),
  };
}

function completeEnv(
  asked: readonly string[],
  { bash, less, certificates }: PackageFiles,
  user: string,
  home: string,
): string[] {
  const usual = {
    ...bash && { NIX_BUILD_SHELL: "/run/profile/bin/bash" },
    PATH: `${home}/.nix-profile/bin:/nix/var/nix/profiles/default/bin:/run/profile/bin:/bin`,
    ...certificates && {
      NIX_SSL_CERT_FILE: "/etc/ssl/certs/ca-bundle.crt",
      SSL_CERT_FILE: "/etc/ssl/certs/ca-bundle.crt",
    },
    USER: user,
    HOME: home,
    PAGER: less ? "/run/profile/bin/less" : "cat",
  };
  const isAsked = (name: string) => asked.some((one) => one.startsWith(`${name}=`));
  return [
    ...Object.entries(usual).filter(([name]) => !isAsked(name))
      .map(([name, value]) => `${name}=${value}`),
    ...asked,
  ];
}

/** Adds the label that says how the image was made. */
function addLabel(spec: Spec, hash: string): Spec {
  const config = spec.config!;
  const { Labels = {} } = readRunConfig(config);
  return { ...spec, config: { ...config, Labels: { NixHash: hash, ...Labels } } };
}
