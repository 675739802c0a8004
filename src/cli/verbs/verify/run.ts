/** The work of `nixoci verify`. */
import { openSink, openSource, type TransportOptions } from "../../../../transports/mod.ts";
import { parsePlace, type PlaceReference } from "../../../../transports/reference.ts";
import { NixociError, wrapError } from "../../../base/errors.ts";
import { useResources } from "../../../base/dispose.ts";
import type { Digest } from "../../../bytes/digest.ts";
import { repairImages, type Verification, verifyImages } from "../../../verify/mod.ts";
import type { DisplayMode } from "../../progress/display.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { withProgress } from "../../progress/mod.ts";
import { withSource } from "../../reference/with-source.ts";

/** The flags. */
export interface VerifyFlags {
  readonly repair?: string | undefined;
  readonly "no-referrers"?: boolean;
  readonly "dry-run"?: boolean;
  readonly jobs?: number | undefined;
  readonly tmpdir?: string | undefined;
  readonly progress: DisplayMode;
  readonly quiet?: boolean | undefined;
}

/** A verification, and the digests of what has been put right. */
export interface PlaceVerification extends Verification {
  readonly repaired?: readonly Digest[];
}

/** Verifies a place, and puts right what can be. */
export async function verifyPlace(
  text: string,
  flags: VerifyFlags,
  io: Io,
): Promise<PlaceVerification> {
  const place = parsePlace(text, { lasting: true });
  const repair = flags.repair === undefined ? undefined : parsePlace(flags.repair);
  if (repair !== undefined && place.scheme !== "oci-dir" && place.scheme !== "registry") {
    const message = `--repair: nothing can be put into what ${text} is: it is written whole`;
    throw new NixociError("USAGE", message, {
      hint: `write it anew: nixoci copy --all ${repair.text} ${text}`,
    });
  }
  const options = { ...readSideOptions(io.access, io, "src-") };
  const first = await verifyOnce(place, options, flags, io);
  if (repair === undefined || flags["dry-run"]) return first;
  let found = first;
  const repaired: Digest[] = [];
  // A manifest that comes back shows what is wrong below it.
  while (found.problems.length > 0) {
    const put = await useResources(async (hold) => {
      const good = hold(await openSource(repair, readSideOptions(io.access, io, "dest-")));
      const to = hold(await openSink(place, options));
      return await repairImages(found.problems, good, to).catch((error) => {
        throw wrapError(error, `Cannot repair it from ${repair.text}`);
      });
    });
    const isNew = put.some((digest) => !repaired.includes(digest));
    repaired.push(...put.filter((digest) => !repaired.includes(digest)));
    if (!isNew) break;
    found = await verifyOnce(place, options, flags, io);
  }
  return { ...found, repaired };
}

async function verifyOnce(
  place: PlaceReference,
  options: TransportOptions,
  flags: VerifyFlags,
  io: Io,
): Promise<Verification> {
  const mode = flags.quiet ? "quiet" : flags.progress;
  return await withProgress(
    mode,
    (onEvent) =>
      withSource(place, flags, options, (source) =>
        verifyImages(source, {
          withoutReferrers: flags["no-referrers"] ?? false,
          signal: io.signal,
          onEvent,
          ...flags.jobs !== undefined && { jobs: flags.jobs },
        })),
    { doing: "verifying", done: "verified" },
  );
}
