/** The flags of `export`. */
import { boolean, directory, file, integer, option, string } from "@oclif/core/flags";
import type { FlagValues, GlobalFlags } from "../../kit/command.ts";
import { imageFlags, layerFlag, REPEATABLE } from "../../kit/flags.ts";
import { defineProgressFlag } from "../../progress/flag.ts";

/** Flags that mean nothing for a directory. */
const FOR_TARBALLS = ["output", "style", "order", "compress", "spool-limit"];

/** The flags. */
export const exportFlags = {
  output: file({
    char: "o",
    summary: "Write to this file; - is standard output. By its ending .tar.gz, .tgz, .tar.zst or " +
      ".tzst it is compressed, unless --compress says otherwise",
    helpValue: "file",
    default: "-",
  }),
  dir: directory({
    summary: "Unpack to this directory instead, a new or an empty one. Owners are set as root, " +
      "and otherwise written down as umoci does it",
    helpValue: "folder",
    exclusive: [...FOR_TARBALLS, "bundle"],
  }),
  bundle: directory({
    summary: "Make an OCI runtime bundle there instead: rootfs and config.json for runc or crun",
    helpValue: "folder",
    exclusive: FOR_TARBALLS,
  }),
  special: boolean<boolean>({
    summary: "In a directory, make devices (as root), and keep set-user-ID and set-group-ID " +
      "bits and capabilities",
  }),
  "max-size": integer({
    summary: "In a directory, fail rather than write more than so many bytes of files",
    helpValue: "bytes",
    min: 0,
  }),
  style: option({ options: ["pax", "dockertools"] as const })({
    summary: "pax keeps all there is; dockertools writes what nixpkgs' exportImage does: names " +
      "begin with ./, no hard links, no extended attributes, one time, GNU format",
    default: "pax" as const,
  }),
  order: option({ options: ["names", "layers"] as const })({
    summary: "Sort entries by name, which is the default; or write them as layers have them, the " +
      "newest layer first and directories last: quicker, without temporary files",
  }),
  compress: option({ options: ["none", "gzip", "zstd"] as const })({
    summary: "Compress the tarball; gzip has the same bytes everywhere",
  }),
  mtime: string({
    summary: "One time for all entries: @SECONDS or a date; $SOURCE_DATE_EPOCH where it is set; " +
      "otherwise each keeps its own",
    helpValue: "time",
  }),
  path: string({
    ...REPEATABLE,
    summary: "Only what matches; may be repeated",
    helpValue: "glob",
  }),
  exclude: string({
    ...REPEATABLE,
    summary: "Not what matches; may be repeated",
    helpValue: "glob",
  }),
  layer: layerFlag,
  "strip-components": integer({
    summary: "Leave out so many leading parts of names",
    helpValue: "n",
    min: 0,
  }),
  ...imageFlags,
  "spool-limit": integer({
    summary: "Fail rather than need more than so many bytes of temporary file",
    helpValue: "bytes",
    min: 0,
  }),
  progress: defineProgressFlag("How to show progress on stderr; auto shows it on a terminal only"),
};

/** Their values. */
export type ExportFlags = FlagValues<typeof exportFlags> & GlobalFlags;
