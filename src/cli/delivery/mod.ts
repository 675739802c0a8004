/** Brings an image to its place, and says so, for `copy`, `build` and `mutate`. */
import { isPipePlace, parsePlace } from "../../../transports/reference.ts";
import type { CopyResult } from "../../copy/copy.ts";
import type { PlaceReference } from "../../image/place.ts";
import { checkLevel } from "../../bytes/compression.ts";
import { NixociError } from "../../base/errors.ts";
import type { GlobalFlags } from "../kit/command.ts";
import type { Io } from "../kit/io.ts";
import { listIdleFlags, type SideValues } from "../kit/sides.ts";
import { refuseTerminal } from "../kit/terminal.ts";
import { describeMoves, describeResult, type Done, formatDigests, formatMoves } from "./result.ts";
import type { CopyFlags } from "./flags.ts";
import { copyBetween, type OpenSource } from "./copy.ts";
import type { ImageChange } from "./means.ts";
import { checkWritable, writeDigests } from "./digest-file.ts";
import { readDigest } from "../reference/image-name.ts";
import { withProgress } from "../progress/mod.ts";

/**
 * Copies from the source to the destination, shows progress, and prints what is there in the end.
 * @param flags.tag that of the image that is made: said to be lost where the destination names it.
 * @returns what it prints.
 */
export async function deliver(
  source: string | OpenSource,
  destination: string,
  flags: CopyFlags & GlobalFlags & { readonly tag?: string | undefined },
  io: Io,
  change?: ImageChange,
): Promise<CopyResult> {
  checkFlags(flags);
  const from = typeof source === "string" ? parsePlace(source, { lasting: true }) : source;
  const to = parsePlace(destination, { lasting: true });
  const toStdout = isPipePlace(to) && !flags["dry-run"];
  if (toStdout) refuseTerminal(destination);
  const digestFile = flags["dry-run"] ? undefined : flags["digest-file"];
  if (digestFile !== undefined) await checkWritable(digestFile);
  if (toStdout) io.claimOutput();
  const idle = typeof from === "function" || change
    ? []
    : describeIdleFlags(io.access, { source: from.scheme, destination: to.scheme });
  const moves: Done[] = [];
  const mode = flags.quiet ? "quiet" : flags["dry-run"] ? "notices" : flags.progress;
  const result = await withProgress(mode, async (show) => {
    for (const message of idle) show({ type: "notice", code: "IDLE", message });
    const result = await copyBetween(from, to, flags, {
      signal: io.signal,
      access: io.access,
      change,
      onEvent: (event) => {
        if (event.type === "done") moves.push(event);
        show(event);
      },
    });
    const say = (message: string) => show({ type: "notice", code: "NAMED", message });
    const given = typeof source === "string" ? [] : findOtherNames(to, result);
    if (given.length > 0 && !flags["dry-run"]) say(`the image is called ${given.join(", ")}`);
    if (flags.tag !== undefined && !hasTag(result, flags.tag)) {
      say(`--tag ${flags.tag} says nothing here, for ${to.text} names the image: put it there`);
    }
    return result;
  });
  if (flags["dry-run"]) {
    io.print(describeMoves(moves, result), () => formatMoves(moves, result));
    return result;
  }
  io.print(describeResult(result), () => formatDigests(result));
  if (digestFile !== undefined) await writeDigests(digestFile, result);
  return result;
}

/** Says of flags that neither place has a use for what they are for; another verb may have other places. */
function describeIdleFlags(
  access: SideValues,
  schemes: { readonly source: string; readonly destination: string },
): string[] {
  return listIdleFlags(access, schemes).map(({ flag, schemes }) =>
    `${flag} says nothing here: it is for ${schemes.map((scheme) => `${scheme}:`).join(", ")}`
  );
}

/** Returns the names that images have at the destination, beyond what it says itself. */
function findOtherNames({ text }: PlaceReference, { images }: CopyResult): string[] {
  return images.flatMap(({ references }) => references)
    .filter((name) => !text.endsWith(`:${name}`) && !name.endsWith(`/${text.replace(/^.*:/, "")}`));
}

function hasTag({ images }: CopyResult, tag: string): boolean {
  return images.some(({ references }) => references.some((name) => `:${name}`.endsWith(`:${tag}`)));
}

/** Refuses what the words themselves show to be wrong, before anything is opened. */
function checkFlags(flags: CopyFlags): void {
  readDigest("--digest", flags.digest);
  const { compress, "compress-level": level } = flags;
  if (compress === undefined) return;
  if (compress !== "keep" && compress !== "none") return checkLevel({ kind: compress, level });
  if (level !== undefined) {
    throw new NixociError("USAGE", `--compress ${compress} has no --compress-level`, {
      hint: "leave one of them out",
    });
  }
}
