/** The ways to reach registries, where the defaults do not do: options, and the flags for them. */
import { omitMissing } from "../../src/base/omit-missing.ts";
import type { SideOptions } from "../../src/image/transport.ts";
import { defineAccess } from "../lib/access.ts";

/** The way to reach a registry. */
export interface RegistryOptions {
  /** `user:password`; wins over every file. */
  readonly creds?: string;
  /** A bearer token that is sent as it is. */
  readonly token?: string;
  /** Ask as nobody, whatever the files say. */
  readonly anonymous?: boolean;
  /** Read credentials from this file only. */
  readonly authFile?: string;
  /** A folder with `*.crt` (CAs), `*.cert` and `*.key` (client certificate), as in certs.d. */
  readonly certDir?: string;
  /** `false` allows plain HTTP and unverified TLS. */
  readonly tlsVerify?: boolean;
  /** A registries.conf to use instead of the system's and the user's. */
  readonly registriesConf?: string;
  /** `false` asks the named registry alone: for one who may be among its mirrors. */
  readonly mirrors?: boolean;
  /** The number of times to try again what may pass; by default 4, and 3 at first contact. */
  readonly retry?: number;
  /** The bytes a second that a server has to send at least, over a minute; by default 1024, 0 for any. */
  readonly minRate?: number;
  /** The most requests in a second that all who talk to the host make together; any by default. */
  readonly perSecond?: number;
}

/** The options of a side that `registry:` reads. */
export interface RegistrySideOptions extends SideOptions {
  readonly registry?: RegistryOptions;
  /** The number of requests at a time. */
  readonly jobs?: number;
}

/** The flags. */
export const registryAccess = defineAccess({
  creds: {
    summary: "Credentials for the registry",
    takes: "text",
    value: "user:password",
    answers: "who asks",
  },
  authfile: {
    summary: "Read registry credentials from this file only",
    takes: "file",
    answers: "who asks",
  },
  "registry-token": {
    summary: "Bearer token for the registry",
    takes: "text",
    value: "token",
    answers: "who asks",
  },
  "no-creds": {
    summary: "Ask the registry as nobody",
    takes: "nothing",
    answers: "who asks",
  },
  "cert-dir": {
    summary: "Folder with the registry's *.crt, and *.cert and *.key for us",
    takes: "folder",
  },
  "tls-verify": {
    summary: "Demand verified HTTPS; --tls-verify=false allows HTTP",
    takes: "nothing",
    canBeOff: true,
  },
  "registries-conf": {
    summary: "Use this registries.conf, not the system's and the user's",
    takes: "file",
    isForBoth: true,
  },
  retry: {
    summary: "Try so many times again what may pass",
    takes: "text",
    value: "n",
    isForBoth: true,
  },
  "min-rate": {
    summary: "Give up a server that sends fewer bytes a second over a minute (1024; 0: never)",
    takes: "text",
    value: "bytes",
    isForBoth: true,
  },
}, (flags): RegistrySideOptions => ({
  registry: omitMissing({
    creds: flags.creds,
    token: flags["registry-token"],
    anonymous: flags["no-creds"],
    authFile: flags.authfile,
    certDir: flags["cert-dir"],
    tlsVerify: flags["tls-verify"],
    registriesConf: flags["registries-conf"],
    retry: toNumber(flags.retry),
    minRate: toNumber(flags["min-rate"]),
  }),
}));

/** Reads a number, which those who use it check. */
function toNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text || NaN);
}
