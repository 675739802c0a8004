/** The work of `nixoci verify`. */
import { openSink, openSource, type TransportOptions } from "../../../../transports/mod.ts";
import { parsePlace, type PlaceReference } from "../../../../transports/reference.ts";
import { NixociError, wrapError } from "../../../base/errors.ts";
import { useResources } from "../../../base/dispose.ts";
import type { Digest } from "../../../bytes/digest.ts";
import { type ImageSignature, verifySignatures } from "../../../sign/mod.ts";
import { repairImages, type Verification, verifyImages } from "../../../verify/mod.ts";
import type { DisplayMode } from "../../progress/display.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { withProgress } from "../../progress/mod.ts";
import type { TrustValues } from "../../kit/trust-flags.ts";
import { createNameCheck, hasTrust, readTrust } from "../../reference/signature-trust.ts";
import { findSubjects, type SubjectChoice } from "../../reference/subjects.ts";
import { withSource } from "../../reference/with-source.ts";
import { createSameNames, type SameNames } from "./same-names.ts";

/** The flags. */
export interface VerifyFlags extends TrustValues, SubjectChoice {
  readonly quick?: boolean;
  readonly repair?: string | undefined;
  readonly "no-referrers"?: boolean;
  readonly "dry-run"?: boolean;
  readonly jobs?: number | undefined;
  readonly tmpdir?: string | undefined;
  readonly progress: DisplayMode;
  readonly quiet?: boolean | undefined;
}

/** A manifest, and who has signed it. */
export interface SubjectSignatures {
  readonly subject: Digest;
  readonly signatures: readonly ImageSignature[];
}

/** A verification, the signatures that were wanted, and the digests of what has been put right. */
export interface PlaceVerification extends Verification {
  readonly signatures?: readonly SubjectSignatures[];
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
  const names = hasTrust(flags) ? createSameNames() : undefined;
  const signatures = await verifySigned(place, options, { flags, io, names });
  if (flags.quick) return { ...NOTHING, signatures };
  return {
    ...await verifyBytes(place, repair, { options, flags, io, names }),
    ...signatures && { signatures },
  };
}

const NOTHING: Verification = { manifests: 0, blobs: 0, bytes: 0, elsewhere: 0, problems: [] };

/** The means that the parts of one verification share. */
interface Means {
  readonly flags: VerifyFlags;
  readonly io: Io;
  /** Of the images whose signatures were verified: their bytes have to be of the same ones. */
  readonly names: SameNames | undefined;
}

/** Verifies the signatures that the flags ask for, if they do. */
async function verifySigned(
  place: PlaceReference,
  options: TransportOptions,
  { flags, io, names }: Means,
): Promise<SubjectSignatures[] | undefined> {
  if (names === undefined) {
    const idle = (["quick", "recursive", "platform", "signed-as"] as const)
      .find((name) => ![undefined, false].includes(flags[name] as undefined));
    if (idle === undefined) return undefined;
    throw new NixociError("USAGE", `--${idle} is about signatures, and nobody's is asked for`, {
      hint: "give --key, --identity or --certificate, too",
    });
  }
  const trust = await readTrust(flags);
  const check = createNameCheck(place, flags["signed-as"]);
  return await withSource(place, flags, options, async (opened) => {
    const source = names.remember(opened);
    const found: SubjectSignatures[] = [];
    for (const subject of await findSubjects(source, flags, io.signal)) {
      const signatures = await verifySignatures(source, subject, trust, check);
      found.push({ subject: subject.digest, signatures });
    }
    return found;
  });
}

/** Verifies all bytes, and puts right what can be. */
async function verifyBytes(
  place: PlaceReference,
  repair: PlaceReference | undefined,
  { options, ...means }: Means & { readonly options: TransportOptions },
): Promise<PlaceVerification> {
  const { flags, io } = means;
  const first = await verifyOnce(place, options, means);
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
    found = await verifyOnce(place, options, means);
  }
  return { ...found, repaired };
}

async function verifyOnce(
  place: PlaceReference,
  options: TransportOptions,
  { flags, io, names }: Means,
): Promise<Verification> {
  const mode = flags.quiet ? "quiet" : flags.progress;
  return await withProgress(
    mode,
    (onEvent) =>
      withSource(place, flags, options, (source) =>
        verifyImages(names?.demand(source) ?? source, {
          withoutReferrers: flags["no-referrers"] ?? false,
          signal: io.signal,
          onEvent,
          ...flags.jobs !== undefined && { jobs: flags.jobs },
        })),
    { doing: "verifying", done: "verified" },
  );
}
