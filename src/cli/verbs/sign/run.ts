/** The work of `nixoci sign`. */
import { openSink, openSource } from "../../../../transports/mod.ts";
import { parsePlace, type PlaceReference } from "../../../../transports/reference.ts";
import { NixociError } from "../../../base/errors.ts";
import { useResources } from "../../../base/dispose.ts";
import { readSmallFile } from "../../../bytes/disk/small-file.ts";
import {
  putSignatures,
  type PutSignaturesOptions,
  type SignedSubject,
} from "../../../copy/put-signatures.ts";
import { parseReference } from "../../../image/reference.ts";
import { parsePrivateKey } from "../../../sign/mod.ts";
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
  const there = {
    openSource: () => openSource(place, options),
    openSink: () => openSink(place, options),
  };
  const how: PutSignaturesOptions = {
    key: await readKey(flags.key, io),
    repository,
    bundle: flags.bundle ?? false,
    annotations: readAnnotations(flags.annotation),
    dryRun: flags["dry-run"] ?? false,
    signal: io.signal,
  };
  const subjects = await useResources(async (hold) =>
    await findSubjects(hold(await there.openSource()), flags, io.signal)
  );
  return await putSignatures(there, subjects, how);
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
