/** The work of `nixoci sign`. */
import { setTimeout } from "node:timers/promises";
import { openSink, openSource, type TransportOptions } from "../../../../transports/mod.ts";
import { parsePlace, type PlaceReference } from "../../../../transports/reference.ts";
import { NixociError } from "../../../base/errors.ts";
import { useResources } from "../../../base/dispose.ts";
import { readSmallFile } from "../../../bytes/disk/small-file.ts";
import type { Digest } from "../../../bytes/digest.ts";
import { putArtifact } from "../../../copy/put-artifact.ts";
import type { Descriptor } from "../../../image/descriptor.ts";
import { parseReference } from "../../../image/reference.ts";
import { parsePrivateKey, signManifest, type SignOptions } from "../../../sign/mod.ts";
import { checkAttachable } from "../../delivery/attach-text.ts";
import type { Io } from "../../kit/io.ts";
import { askFor } from "../../kit/prompt.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { readAnnotations } from "../../reference/artifact-words.ts";
import { findSubjects, type SubjectChoice } from "../../reference/subjects.ts";

/** The flags. */
export interface SignFlags extends SubjectChoice {
  readonly key: string;
  readonly bundle?: boolean;
  readonly "signed-as"?: string | undefined;
  readonly annotation?: readonly string[] | undefined;
  readonly "dry-run"?: boolean;
}

/** A manifest that is signed, and the manifest of its signature; none where it was signed before. */
export interface SignedSubject {
  readonly subject: Digest;
  readonly descriptor?: Descriptor;
  readonly references: readonly string[];
}

/** Signs what is meant in a place. */
export async function signPlace(text: string, flags: SignFlags, io: Io): Promise<SignedSubject[]> {
  const place = parsePlace(text, { lasting: true });
  checkAttachable(place);
  const repository = nameOf(place, flags["signed-as"]);
  if (repository === undefined && !flags.bundle) {
    const message = `${text} does not say what the signature is to call the image`;
    throw new NixociError("USAGE", message, {
      hint: "give --signed-as HOST/REPOSITORY, or --bundle, which names nothing",
    });
  }
  const options = readSideOptions(io.access, io);
  const how: SignOptions = {
    key: await readKey(flags.key, io),
    repository,
    bundle: flags.bundle ?? false,
    annotations: readAnnotations(flags.annotation),
  };
  const subjects = await useResources(async (hold) =>
    await findSubjects(hold(await openSource(place, options)), flags, io.signal)
  );
  return await signAll(place, subjects, { how, options, flags, io });
}

/** The settings that all subjects have in common. */
interface Signing {
  readonly how: SignOptions;
  readonly options: TransportOptions;
  readonly flags: SignFlags;
  readonly io: Io;
}

// Twenty signers at once are through in less.
const TRIES = 30;
// In milliseconds; longer where it takes longer to sign one.
const LEAST_PAUSE = 50;

/**
 * Signs the subjects, and proves that the signatures are there: the tag of an image leads to all of
 * them, and two who sign at once take each other's away, for no registry writes only what nobody else
 * has changed. Who had looked before we wrote may write until he has had as long as we took: what is
 * there at once says nothing.
 * @throws NixociError `REFUSED` when signatures are taken away as often as they are made.
 */
async function signAll(
  place: PlaceReference,
  subjects: readonly Descriptor[],
  signing: Signing,
): Promise<SignedSubject[]> {
  const signed = new Map<Digest, SignedSubject>();
  let [open, pause] = [subjects, LEAST_PAUSE];
  for (let tries = 0; open.length > 0; tries++) {
    if (tries === TRIES) throw unsettledError(place, open);
    if (tries > 0) await setTimeout(pause * (1 + Math.random()), undefined, signing.io);
    const start = performance.now();
    const doubtful: Descriptor[] = [];
    for (const subject of open) {
      const one = await signOne(place, subject, signing);
      const isTagged = one.references.length > 0 && !signing.flags["dry-run"];
      if (isTagged) doubtful.push(subject);
      if (tries === 0 || one.descriptor) signed.set(subject.digest, one);
    }
    pause = Math.max(LEAST_PAUSE, (performance.now() - start) / open.length);
    open = doubtful;
  }
  return [...signed.values()];
}

function unsettledError({ text }: PlaceReference, [open]: readonly Descriptor[]): NixociError {
  const message = `Cannot sign ${
    open!.digest
  } in ${text}: others write its signatures all the time`;
  return new NixociError("REFUSED", message, { hint: "run it again when they have ended" });
}

async function signOne(
  place: PlaceReference,
  subject: Descriptor,
  { how, options, flags, io }: Signing,
): Promise<SignedSubject> {
  return await useResources(async (hold) => {
    const source = hold(await openSource(place, options));
    const made = await signManifest(source, subject, how);
    if (made === undefined) return { subject: subject.digest, references: [] };
    const { artifact, references } = made;
    const sink = hold(await openSink(place, options));
    const dryRun = flags["dry-run"] ?? false;
    await putArtifact(artifact, sink, { references, dryRun, signal: io.signal });
    const { mediaType, digest, size, artifactType } = artifact.manifest.descriptor;
    const descriptor = { mediaType, digest, size, ...artifactType && { artifactType } };
    return { subject: subject.digest, descriptor, references };
  });
}

function nameOf({ image }: PlaceReference, given: string | undefined): string | undefined {
  if (given !== undefined) parseReference(given);
  return given ?? (image && `${image.host}/${image.repository}`);
}

async function readKey(path: string, io: Io) {
  const bytes = await readSmallFile(path);
  const { COSIGN_PASSWORD } = process.env;
  return await parsePrivateKey(
    bytes,
    path,
    () => COSIGN_PASSWORD ?? askFor("password", "COSIGN_PASSWORD", io.signal),
  );
}
