/**
 * The flags that say how to reach one side of a copy: alone for verbs with one side, and with
 * `--src-` and `--dest-` in front where there are two (the flag without prefix then means both).
 */
import { boolean, directory, file, string } from "@oclif/core/flags";
import { given } from "../../base/given.ts";
import type { OnNotice } from "../../base/notices.ts";
import type { Scratch } from "../../image/scratch.ts";
import type { ProvedFiles, TransportOptions } from "../../image/root.ts";
import { registriesConfFlag } from "./flags.ts";

/** How to reach a place: the flags of a verb that has one. */
export const sideFlags = {
  creds: string({
    summary: "Credentials for the registry",
    helpValue: "user:password",
    helpGroup: "ACCESS",
  }),
  authfile: file({
    summary: "Read registry credentials from this file only",
    helpValue: "file",
    helpGroup: "ACCESS",
  }),
  "registry-token": string({
    summary: "Bearer token for the registry",
    helpValue: "token",
    helpGroup: "ACCESS",
  }),
  "no-creds": boolean({ summary: "Ask the registry as nobody", helpGroup: "ACCESS" }),
  "cert-dir": directory({
    summary: "Folder with the registry's *.crt, and *.cert and *.key for us",
    helpValue: "folder",
    helpGroup: "ACCESS",
  }),
  "tls-verify": boolean({
    summary: "Demand verified HTTPS; --tls-verify=false allows HTTP",
    helpGroup: "ACCESS",
    allowNo: true,
  }),
  host: string({
    summary: "Socket or address of the engine, such as unix:///run/docker.sock",
    helpValue: "url",
    helpGroup: "ACCESS",
    aliases: ["daemon-host"],
  }),
  store: directory({
    summary: "Folder that is / to the programs of the Nix store that a plan is about",
    helpValue: "root",
    helpGroup: "ACCESS",
  }),
  "shared-blob-dir": directory({
    summary: "Folder of an oci-dir's blobs, where they are not in the layout",
    helpValue: "folder",
    helpGroup: "ACCESS",
  }),
};

/** For a verb that asks registries, and nothing else. */
export const registryFlags = {
  creds: sideFlags.creds,
  authfile: sideFlags.authfile,
  "registry-token": sideFlags["registry-token"],
  "no-creds": sideFlags["no-creds"],
  "cert-dir": sideFlags["cert-dir"],
  "tls-verify": sideFlags["tls-verify"],
  "registries-conf": registriesConfFlag,
};

type SideFlags = typeof sideFlags;
type Prefixed<P extends string> = { [K in keyof SideFlags as `${P}${K}`]: SideFlags[K] };

/** The flags with the prefix, for one of two sides; help shows them beside those without. */
function prefixed<P extends "src-" | "dest-">(prefix: P): Prefixed<P> {
  const flags = Object.entries(sideFlags).map(([name, flag]) => {
    const aliases = flag.aliases?.map((alias) => prefix + alias) ?? [];
    return [prefix + name, { ...flag, aliases, hidden: true }];
  });
  return Object.fromEntries(flags) as Prefixed<P>;
}

/** For a verb with two sides. */
export const bothSidesFlags: SideFlags & Prefixed<"src-"> & Prefixed<"dest-"> = {
  ...labelled(),
  ...prefixed("src-"),
  ...prefixed("dest-"),
};

function labelled(): SideFlags {
  const flags = Object.entries(sideFlags).map(([name, flag]) => [
    name,
    { ...flag, helpLabel: `--[src-|dest-]${name}` },
  ]);
  return Object.fromEntries(flags) as SideFlags;
}

/** What every side gets, whatever its flags say. */
export interface SideContext {
  readonly signal: AbortSignal;
  readonly notice: OnNotice;
  readonly scratch?: Scratch;
  readonly proved?: ProvedFiles;
  readonly layers?: TransportOptions["layers"];
  readonly jobs?: number | undefined;
}

// Who asks is one thing, however it is said.
const WHO: readonly string[] = ["creds", "authfile", "registry-token", "no-creds"];

/**
 * A side's options from the flags: its own where given, else those for both. A side that says itself
 * who asks takes nothing of that from those for both.
 */
export function sideOptions(
  flags: Readonly<Record<string, unknown>>,
  { signal, notice, scratch, proved, layers, jobs }: SideContext,
  prefix: "" | "src-" | "dest-" = "",
): TransportOptions {
  const saysWho = WHO.some((name) => flags[prefix + name] !== undefined);
  const value = <T>(name: keyof SideFlags) => {
    const own = flags[prefix + name];
    return (saysWho && WHO.includes(name) ? own : own ?? flags[name]) as T | undefined;
  };
  const root = value<string>("store");
  return given({
    signal,
    onNotice: notice,
    scratch,
    proved,
    layers,
    jobs,
    host: value<string>("host"),
    sharedBlobDir: value<string>("shared-blob-dir"),
    store: root === undefined ? undefined : { root },
    registry: given({
      creds: value<string>("creds"),
      token: value<string>("registry-token"),
      anonymous: value<boolean>("no-creds"),
      authFile: value<string>("authfile"),
      certDir: value<string>("cert-dir"),
      tlsVerify: value<boolean>("tls-verify"),
      registriesConf: flags["registries-conf"] as string | undefined,
    }),
  }) as TransportOptions;
}
