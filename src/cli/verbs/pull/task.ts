/** Reads what the words of `nixoci pull` ask for. */
import {
  isPipePlace,
  makeImagePlace,
  makePlace,
  parsePlace,
  type PlaceReference,
} from "../../../../transports/reference.ts";
import { NixociError } from "../../../base/errors.ts";
import type { Digest } from "../../../bytes/digest.ts";
import type { Platform } from "../../../image/platform.ts";
import { parseHash } from "../../../nix/formats/hash.ts";
import { readPlatformFlags } from "../../kit/platform.ts";
import { refuseTerminal } from "../../kit/terminal.ts";
import {
  chooseAgreed,
  type ImageName,
  nameInArchive,
  readDigest,
  readImageName,
} from "../../reference/image-name.ts";
import type { PullFlags } from "./flags.ts";

/** The image to pull, and where it goes. */
export interface PullTask {
  readonly name: string;
  /** The image, by its digest alone. */
  readonly source: PlaceReference;
  readonly digest: Digest;
  readonly platform: Platform;
  readonly destination: PlaceReference;
  readonly toStdout: boolean;
  readonly hash?: Digest;
}

/**
 * Reads the task that the words state.
 * @throws NixociError `USAGE`.
 */
export function readPullTask(text: string, flags: PullFlags): PullTask {
  const image = readImageName(text);
  const { name, tag, digest: own, place: { image: { host, repository } } } = image;
  const digest = chooseAgreed("digest", own, readDigest("--digest", flags.digest));
  if (digest === undefined) throw unpinnedError(tag === undefined ? name : `${name}:${tag}`);
  const destination = flags.to === undefined
    ? makeArchivePlace(flags, image)
    : parsePlace(flags.to, { lasting: true });
  const toStdout = isPipePlace(destination);
  if (toStdout) refuseTerminal(destination.text);
  const hash = flags.hash === undefined ? undefined : readHash(flags.hash);
  return {
    name,
    source: makeImagePlace({ host, repository, digest }),
    digest,
    platform: readPlatformFlags(flags),
    destination,
    toStdout,
    hash,
  };
}

function makeArchivePlace(flags: PullFlags, image: ImageName): PlaceReference {
  const { output } = flags;
  if (!output) {
    throw new NixociError("USAGE", "Cannot pull to nowhere", {
      hint: "name a file with -o, or another place with --to",
    });
  }
  if (output.includes(":")) {
    throw new NixociError("USAGE", `-o ${output}: the name of an archive cannot have a colon`, {
      hint: "with -o only the file is named; other places are named with --to",
    });
  }
  const { name, tag } = nameInArchive(flags, image);
  return makePlace("docker-archive", `${output}:${name}:${tag}`);
}

function unpinnedError(name: string): NixociError {
  return new NixociError("USAGE", `Cannot pull ${name} without a digest: a tag may move`, {
    hint: `nixoci digest registry:${name} prints one, nixoci prefetch ${name} all that Nix needs`,
  });
}

function readHash(text: string): Digest {
  try {
    return parseHash(text);
  } catch (error) {
    const { message, hint } = error as NixociError;
    throw new NixociError("USAGE", `--hash: ${message}`, { hint, cause: error });
  }
}
