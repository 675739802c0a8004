/** `nixoci copy SOURCE DESTINATION` */
import { boolean, directory, file, integer, option, string } from "@oclif/core/flags";
import { writeFile } from "node:fs/promises";
import type { CopyResult } from "../../copy.ts";
import { during, NixociError } from "../../errors.ts";
import type { CopyEvent } from "../../events.ts";
import { verb } from "../command.ts";
import { allFlag, platformFlag, referenceArg, registriesConfFlag } from "../flags.ts";
import { PROGRESS_MODES, withProgress } from "../progress/mod.ts";
import { bothSidesFlags } from "../sides.ts";
import { count, formatBytes } from "../text.ts";

type Done = Extract<CopyEvent, { type: "done" }>;

export default verb({
  summary: "Copy an image from one place to another",
  description:
    "Bytes that need no change do not change, and the digest with them. What the destination has " +
    "already does not move. Prints the digest of what is there in the end.",
  examples: [
    "nixoci copy registry:alpine oci-dir:images:alpine",
    "nixoci copy --all docker://quay.io/org/app:1.0 registry:localhost:5000/app:1.0",
    "nixoci copy oci-dir:images:alpine docker-archive:- | docker load",
  ],
  args: {
    source: referenceArg("Where the image is, as scheme:location"),
    destination: referenceArg("Where it shall be; an archive's path - is standard output"),
  },
  flags: {
    all: allFlag,
    platform: platformFlag,
    digest: string({
      summary: "Copy the manifest with this digest, or nothing",
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
    await writeDigests(flags["digest-file"], result);
    if (toStdout) return;
    if (flags["dry-run"]) io.print(planOf(moves, result), () => planLines(moves));
    else io.print(result, () => digestLines(result));
  },
});

function archiveOnTerminal(destination: string): NixociError {
  return new NixociError("USAGE", `Cannot write ${destination} to a terminal`, {
    hint: "redirect it to a file, or pipe it into another command",
  });
}

/** The digest alone, where there is one image; before the names, where there are several. */
function digestLines({ images }: CopyResult): string[] {
  if (images.length === 1) return [images[0]!.descriptor.digest];
  return images.map(({ descriptor, references }) => [descriptor.digest, ...references].join(" "));
}

async function writeDigests(path: string | undefined, { images }: CopyResult): Promise<void> {
  if (path === undefined) return;
  try {
    await writeFile(path, images.map(({ descriptor }) => descriptor.digest).join("\n"));
  } catch (error) {
    throw during(error, `Cannot write the digest to ${path}`);
  }
}

function planOf(moves: readonly Done[], { images, bytes }: CopyResult) {
  const blobs = moves.map(({ kind, how, descriptor: { mediaType, digest, size } }) => ({
    kind,
    digest,
    size,
    mediaType,
    moves: how === "moved",
  }));
  return { images, blobs, bytes };
}

function* planLines(moves: readonly Done[]): Iterable<string> {
  const missing = moves.filter(({ how }) => how === "moved");
  for (const { kind, how, descriptor: { digest, size } } of moves) {
    const what = how === "moved" ? "would move" : "is there  ";
    yield `${what}  ${kind.padEnd(8)}  ${digest}  ${formatBytes(size).padStart(7)}`;
  }
  const bytes = missing.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  yield `would move ${count(missing.length, "blob")}, ${formatBytes(bytes)}; ` +
    `${moves.length - missing.length} there already`;
}
