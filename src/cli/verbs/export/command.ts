/** `nixoci export SOURCE` */
import { boolean, directory, file, integer, option, string } from "@oclif/core/flags";
import { NixociError } from "../../../base/errors.ts";
import { verb } from "../../kit/command.ts";
import { layerFlag, pickFlags } from "./export-flags.ts";
import { platformFlag, referenceArg, registriesConfFlag, tmpdirFlag } from "../../kit/flags.ts";
import { PROGRESS_MODES } from "../../progress/mod.ts";
import { readPlace } from "../../reference/place.ts";
import { sideFlags } from "../../kit/sides.ts";

/** Flags that mean nothing for a directory. */
const FOR_TARBALLS = ["output", "style", "compress", "spool-limit"];

export default verb({
  summary: "Write the file system of an image to a tarball or a directory",
  description:
    "All files that a container of the image would see, its layers merged: without root, an engine, " +
    "or unpacking it. The same image makes the same bytes; entries are sorted by name. Patterns " +
    "are those of a shell, begin at the root of the image, and match what lies below, too; ** also " +
    "stands for slashes.",
  examples: [
    "nixoci export registry:alpine -o alpine.tar",
    "nixoci export docker-archive:app.tar | tar -t",
    "nixoci export oci-dir:images:app --path etc --path 'usr/lib/*.so' -o part.tar",
    "nixoci export docker-archive:image.tar.gz --style dockertools -o $out",
    "nixoci export registry:alpine --dir alpine",
    "nixoci export registry:alpine --bundle alpine && sudo runc run --bundle alpine test",
  ],
  args: { source: referenceArg("Where the image is, as scheme:location") },
  flags: {
    output: file({
      char: "o",
      summary:
        "Write to this file; - is standard output. By its ending .tar.gz, .tgz, .tar.zst or " +
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
    compress: option({ options: ["none", "gzip", "zstd"] as const })({
      summary: "Compress the tarball; gzip is slow, for the same bytes on every runtime",
    }),
    mtime: string({
      summary:
        "One time for all entries: @SECONDS or a date; $SOURCE_DATE_EPOCH where it is set; " +
        "otherwise each keeps its own",
      helpValue: "time",
    }),
    path: string({
      summary: "Only what matches; may be repeated",
      helpValue: "glob",
      multiple: true,
      multipleNonGreedy: true,
    }),
    exclude: string({
      summary: "Not what matches; may be repeated",
      helpValue: "glob",
      multiple: true,
      multipleNonGreedy: true,
    }),
    layer: layerFlag,
    "strip-components": integer({
      summary: "Leave out so many leading parts of names",
      helpValue: "n",
      min: 0,
    }),
    ...pickFlags,
    platform: platformFlag(),
    tmpdir: tmpdirFlag,
    "spool-limit": integer({
      summary: "Fail rather than need more than so many bytes of temporary file",
      helpValue: "bytes",
      min: 0,
    }),
    progress: option({ options: PROGRESS_MODES })({
      summary: "How to show progress on stderr; auto shows it on a terminal only",
      default: "auto" as const,
    }),
    ...sideFlags,
    "registries-conf": registriesConfFlag,
  },

  doing: ({ source }) => `export ${source}`,
  async run({ source }, flags, io) {
    if (flags.dir !== undefined || flags.bundle !== undefined) {
      const { exportDirectory } = await import("./unpacking.ts");
      return io.print(await exportDirectory(readPlace(source), flags, io), () => []);
    }
    checkTarballFlags(flags);
    const toStdout = flags.output === "-";
    if (toStdout && process.stdout.isTTY) {
      throw new NixociError("USAGE", "Cannot write a tarball to a terminal", {
        hint: "redirect it to a file, or give -o FILE",
      });
    }
    // Until all of it is written, it is not: main.ts leaves a reader that goes away to the work.
    if (toStdout) process.exitCode = 1;
    const { exportTarball } = await import("./run.ts");
    const exported = await exportTarball(readPlace(source), flags, io);
    if (!toStdout) io.print(exported, () => []);
  },
});

function checkTarballFlags(flags: { special?: boolean; "max-size"?: number }): void {
  for (const name of ["special", "max-size"] as const) {
    if (flags[name] === undefined) continue;
    throw new NixociError("USAGE", `--${name} is for directories`, {
      hint: name === "special" ? "a tarball keeps all there is" : "give --dir or --bundle",
    });
  }
}
