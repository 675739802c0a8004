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
