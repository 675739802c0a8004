/** The flags of `nixoci serve`. */
import { boolean, directory, file, integer, option, string } from "@oclif/core/flags";
import { REPEATABLE } from "../../kit/flags.ts";
import type { FlagValues } from "../../kit/command.ts";
import { LOG_FORMATS } from "./log.ts";

/** Flags that say which repositories there are, and whether they may change. */
const storeFlags = {
  layouts: directory({
    summary: "Serve the OCI layouts in this folder, each a repository: FOLDER/team/app is team/app",
    helpValue: "folder",
  }),
  cache: directory({
    summary: "Keep in this folder what is fetched from registries, and serve it from there",
    helpValue: "folder",
  }),
  "tag-ttl": string({
    summary: "Ask a registry of --cache again what a tag names after so long",
    helpValue: "duration",
    default: "1m",
  }),
  "cache-size": string({
    summary: "Keep at most so many bytes in the folder of --cache: what was used longest ago goes",
    helpValue: "size",
    dependsOn: ["cache"],
  }),
  "nix-cache": boolean<boolean>({
    summary: "Be a binary cache of Nix, too: of the store paths in the images that have a closure",
  }),
  "nix-key": file({
    summary: "Sign what the Nix cache says with this key: nix-store --generate-binary-cache-key",
    helpValue: "file",
    dependsOn: ["nix-cache"],
  }),
  closure: string({
    ...REPEATABLE,
    summary: "With --nix-cache: describe the store paths of images without a closure beside them",
    helpValue: "file",
    dependsOn: ["nix-cache"],
  }),
  write: boolean<boolean>({
    char: "w",
    summary:
      "Let clients push and delete: into the folder of --layouts, and sources that are an oci-dir",
  }),
};

/** Flags that say where it listens, and whom it lets in. */
const networkFlags = {
  listen: string({
    summary: "Address to listen on; port 0 is any that is free",
    helpValue: "[host:]port",
    default: "127.0.0.1:5000",
  }),
  "tls-cert": file({
    summary: "Certificate chain to speak TLS with, in PEM",
    helpValue: "file",
    dependsOn: ["tls-key"],
  }),
  "tls-key": file({
    summary: "Private key of --tls-cert, in PEM",
    helpValue: "file",
    dependsOn: ["tls-cert"],
  }),
  htpasswd: file({
    summary: "Let in only the users in this file, with their passwords: htpasswd -B makes it",
    helpValue: "file",
  }),
  writer: string({
    ...REPEATABLE,
    summary: "Only these users of --htpasswd may push and delete; all of them by default",
    helpValue: "user",
    dependsOn: ["htpasswd"],
  }),
  tokens: boolean<boolean>({
    summary: "Give the users of --htpasswd tokens at /token, good for five minutes, and take those",
    dependsOn: ["htpasswd"],
  }),
  "token-key": file({
    summary:
      "Key in PEM that tokens are signed with, the same for all servers; a new one by default",
    helpValue: "file",
  }),
  "token-realm": string({
    summary:
      "Address that clients get tokens at: of another service, whose public --token-key this is",
    helpValue: "url",
    dependsOn: ["token-key"],
  }),
  "token-service": string({
    summary: "Name that tokens have this registry by, in scopes and aud",
    helpValue: "name",
    default: "nixoci",
  }),
  "token-issuer": string({
    summary: "Name that tokens have their giver by (iss); that of --token-service by default",
    helpValue: "name",
    dependsOn: ["token-realm"],
    exclusive: ["tokens"],
  }),
  "trust-network": boolean<boolean>({
    summary: "Face a network without TLS or passwords: something in front of it sees to that",
  }),
};

/** Flags that bound what clients may take. */
const limitFlags = {
  connections: integer({
    summary: "How many clients may be connected at a time",
    helpValue: "n",
    default: 1000,
    min: 1,
  }),
  uploads: integer({
    summary: "How many uploads may be under way at a time",
    helpValue: "n",
    default: 1000,
    min: 1,
  }),
  "largest-blob": string({
    summary: "The most bytes of a blob that is pushed: 500MB, 20GB",
    helpValue: "size",
    default: "1TB",
  }),
  silence: string({
    summary: "Break off clients that are silent for so long",
    helpValue: "duration",
    default: "5m",
  }),
  "slowest-client": string({
    summary: "Break off clients that send or take fewer bytes a second over a minute; 0: never",
    helpValue: "size",
    default: "1KiB",
  }),
  "wrong-passwords": integer({
    summary: "How many wrong passwords an address may send in a minute; 0: any number",
    helpValue: "n",
    default: 10,
    min: 0,
  }),
  grace: string({
    summary: "On SIGTERM or SIGINT, let what is under way end within so long",
    helpValue: "duration",
    default: "10s",
  }),
};

/** All of them. */
export const serveFlags = {
  ...storeFlags,
  ...networkFlags,
  ...limitFlags,
  log: option({ options: LOG_FORMATS })({
    summary: "How each call is logged on standard error; text by default, none with --quiet",
  }),
};

/** Their values. */
export type ServeFlags = FlagValues<typeof serveFlags>;
