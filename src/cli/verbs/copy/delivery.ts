/** Bringing an image to its place, and saying so: what `copy` and `build` have in common. */
import { boolean, file, integer, option, string } from "@oclif/core/flags";
import { isPipePlace } from "../../../../transports/reference.ts";
import { isDigest } from "../../../bytes/digest.ts";
import { NixociError } from "../../../base/errors.ts";
import type { Recompression } from "../../../steps/compress.ts";
import type { GlobalFlags, Io } from "../../kit/command.ts";
import { described, digestLines, type Done, planLines, planOf } from "./copied.ts";
import type { CopyFlags, OpenSource } from "./run.ts";
import { checkWritable, writeDigests } from "./digest-file.ts";
import { tmpdirFlag } from "../../kit/flags.ts";
import { readPlace } from "../../reference/place.ts";
import { PROGRESS_MODES, type ProgressMode, withProgress } from "../../progress/mod.ts";

/** The flags that say how an image is to arrive. */
export const deliveryFlags = {
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
  tmpdir: tmpdirFlag,
  progress: option({ options: PROGRESS_MODES })({
    summary: "How to show progress on stderr",
    default: "auto" as const,
  }),
};

/** Their values, with those of `copy` alone, and how progress is shown. */
export interface DeliveryFlags extends CopyFlags, GlobalFlags {
  readonly "digest-file"?: string | undefined;
  readonly progress: ProgressMode;
}

/**
 * Copies from the source to the destination, shows progress, and prints what is there in the end.
 * @param packing how layers are compressed where no flag says it.
 */
export async function deliver(
  source: string | OpenSource,
  destination: string,
  flags: DeliveryFlags,
  io: Io,
  packing?: Recompression["kind"],
): Promise<void> {
  checkFlags(flags);
  const from = typeof source === "string" ? readPlace(source) : source;
  const to = readPlace(destination);
  const toStdout = isPipePlace(to) && !flags["dry-run"];
  if (toStdout && process.stdout.isTTY) throw archiveOnTerminal(destination);
  const digestFile = flags["dry-run"] ? undefined : flags["digest-file"];
  if (digestFile !== undefined) await checkWritable(digestFile);
  // Until all of it is written, it is not: main.ts leaves a reader that goes away to the work.
  if (toStdout) process.exitCode = 1;
  const { copyBetween } = await import("./run.ts");
  const moves: Done[] = [];
  const mode = flags.quiet ? "none" : flags["dry-run"] ? "notices" : flags.progress;
  const result = await withProgress(mode, (show) =>
    copyBetween(from, to, flags, {
      signal: io.signal,
      packing,
      onEvent: (event) => {
        if (event.type === "done") moves.push(event);
        show(event);
      },
    }));
  if (flags["dry-run"]) return io.print(planOf(moves, result), () => planLines(moves));
  if (!toStdout) io.print(described(result), () => digestLines(result));
  if (digestFile !== undefined) await writeDigests(digestFile, result);
}

function archiveOnTerminal(destination: string): NixociError {
  return new NixociError("USAGE", `Cannot write ${destination} to a terminal`, {
    hint: "redirect it to a file, or pipe it into another command",
  });
}

/** What the words themselves show to be wrong, before anything is opened. */
function checkFlags(flags: CopyFlags): void {
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
