/** `nixoci copy SOURCE DESTINATION` */
import { boolean, directory, file, integer, option, string } from "@oclif/core/flags";
import { isDigest } from "../../bytes/digest.ts";
import { NixociError } from "../../errors.ts";
import { verb } from "../command.ts";
import { described, digestLines, type Done, planLines, planOf } from "../copied.ts";
import { checkWritable, writeDigests } from "../digest-file.ts";
import { allFlag, platformFlag, referenceArg, registriesConfFlag } from "../flags.ts";
import { PROGRESS_MODES, withProgress } from "../progress/mod.ts";
import { bothSidesFlags } from "../sides.ts";

export default verb({
  summary: "Copy an image from one place to another",
  description:
    "Bytes that need no change do not change, and the digest with them. What the destination has " +
    "already does not move. Prints the digest of what is there in the end.",
  examples: [
    "nixoci copy registry:alpine oci-dir:images:alpine",
    "nixoci copy --all docker://quay.io/org/app:1.0 registry:localhost:5000/app:1.0",
    "nixoci copy oci-dir:images:alpine docker-archive:-:alpine:latest | docker load",
  ],
  args: {
    source: referenceArg("Where the image is, as scheme:location"),
    destination: referenceArg("Where it shall be; an archive's path - is standard output"),
  },
  flags: {
    all: allFlag,
    platform: platformFlag(),
    digest: string({
      summary: "Copy only what has this digest at the source; of an index, the image for " +
        "--platform is taken after that, or with --all the index itself",
      helpValue: "sha256:…",
    }),
    format: option({ options: ["oci", "docker"] as const })({
      summary: "Write manifests in this format",
    }),
    compress: option({ options: ["none", "gzip", "gzip-portable", "zstd"] as const })({
      summary: "Recompress layers; gzip-portable gives the same bytes on every runtime",
    }),
    "compress-level": integer({
      summary: "How hard to compress: gzip 1 to 9, zstd 1 to 19",
      helpValue: "n",
      dependsOn: ["compress"],
      min: 1,
      max: 19,
    }),
    "dest-tag": string({
      summary: "One more name at the destination",
      helpValue: "name",
      multiple: true,
      multipleNonGreedy: true,
      aliases: ["additional-tag"],
    }),
    jobs: integer({
      char: "j",
      summary: "How many blobs move at a time",
      helpValue: "n",
      min: 1,
      max: 256,
    }),
    "dry-run": boolean<boolean>({ summary: "Print what would move, and move nothing" }),
    "digest-file": file({
      summary: "Write the digest to this file too",
      helpValue: "file",
      aliases: ["digestfile"],
    }),
    tmpdir: directory({
      summary: "Folder for temporary files; $TMPDIR by default",
      helpValue: "folder",
    }),
    progress: option({ options: PROGRESS_MODES })({
      summary: "How to show progress on stderr",
      default: "auto" as const,
    }),
    ...bothSidesFlags,
    "registries-conf": registriesConfFlag,
  },

  doing: ({ source, destination }) => `copy ${source} to ${destination}`,
  async run({ source, destination }, flags, io) {
    const toStdout = /^[\w-]+:-(?=[:@]|$)/.test(destination) && !flags["dry-run"];
    if (toStdout && process.stdout.isTTY) throw archiveOnTerminal(destination);
    checkFlags(flags);
    const digestFile = flags["dry-run"] ? undefined : flags["digest-file"];
    if (digestFile !== undefined) await checkWritable(digestFile);
    // Until all of it is written, it is not: main.ts leaves a reader that goes away to the work.
    if (toStdout) process.exitCode = 1;
    const { copyBetween } = await import("../copying.ts");
    const moves: Done[] = [];
    const mode = flags.quiet ? "none" : flags["dry-run"] ? "notices" : flags.progress;
    const result = await withProgress(mode, (show) =>
      copyBetween(source, destination, flags, {
        signal: io.signal,
        onEvent: (event) => {
          if (event.type === "done") moves.push(event);
          show(event);
        },
      }));
    if (flags["dry-run"]) return io.print(planOf(moves, result), () => planLines(moves));
    if (!toStdout) io.print(described(result), () => digestLines(result));
    if (digestFile !== undefined) await writeDigests(digestFile, result);
  },
});

function archiveOnTerminal(destination: string): NixociError {
  return new NixociError("USAGE", `Cannot write ${destination} to a terminal`, {
    hint: "redirect it to a file, or pipe it into another command",
  });
}

/** What the words themselves show to be wrong, before anything is opened. */
function checkFlags(
  flags: { digest?: string; compress?: string; "compress-level"?: number },
): void {
  if (flags.digest !== undefined && !isDigest(flags.digest)) {
    throw new NixociError("USAGE", `--digest: ${JSON.stringify(flags.digest)} is not a digest`, {
      hint: "a digest is sha256: and 64 hex digits, or sha512: and 128, in lower case",
    });
  }
  if (flags.compress === "none" && flags["compress-level"] !== undefined) {
    throw new NixociError("USAGE", "--compress none has no --compress-level", {
      hint: "leave one of them out",
    });
  }
}
