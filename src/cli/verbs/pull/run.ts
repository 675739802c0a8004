/** The work of `nixoci pull`. */
import type { Notice } from "../../../base/notices.ts";
import { openSink, openSource, type TransportOptions } from "../../../../transports/mod.ts";
import { isPipePlace, placeAt, type PlaceReference } from "../../../../transports/reference.ts";
import { useResources } from "../../../base/dispose.ts";
import { algorithmOf, type Digest } from "../../../bytes/digest.ts";
import { hashedOutput } from "../../../bytes/hashed-output.ts";
import type { Through } from "../../../bytes/output.ts";
import { cache } from "../../../cache/cache.ts";
import { NixociError } from "../../../base/errors.ts";
import { hostPlatform, parsePlatform, type Platform } from "../../../image/platform.ts";
import type { Sink } from "../../../image/root.ts";
import { scratch } from "../../../image/scratch.ts";
import { formatHash, parseHash } from "../../../nix/formats/hash.ts";
import { type Found, pull, type PullResult } from "../../../pull/pull.ts";
import type { CopyEvent } from "../../../copy/events.ts";
import type { Io } from "../../kit/command.ts";
import {
  agreeOn,
  type ImageName,
  nameInArchive,
  readDigest,
  readImageName,
} from "../../reference/image-name.ts";
import { readPlace } from "../../reference/place.ts";
import { withProgress } from "../../progress/mod.ts";
import { sideOptions } from "../../kit/sides.ts";
import type { PullFlags } from "./flags.ts";

/** The image to pull, and where it goes. */
export interface PullTask {
  readonly name: string;
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
export function readTask(text: string, flags: PullFlags): PullTask {
  const image = readImageName(text);
  const { name, tag, digest: own } = image;
  const digest = agreeOn("digest", own, readDigest("--digest", flags.digest));
  if (digest === undefined) throw unpinnedError(tag === undefined ? name : `${name}:${tag}`);
  const destination = flags.to === undefined ? placeArchive(flags, image) : readPlace(flags.to);
  const toStdout = isPipePlace(destination);
  if (toStdout && process.stdout.isTTY) throw terminalError(destination.text);
  const hash = flags.hash === undefined ? undefined : readHash(flags.hash);
  return {
    name,
    digest,
    platform: readPlatform(flags),
    destination,
    toStdout,
    ...(hash !== undefined && { hash }),
  };
}

/**
 * Reads the platform of `--os`, `--arch` and `--variant`.
 * @throws NixociError `USAGE` when they name none.
 */
export function readPlatform(
  { os, arch = hostPlatform().architecture, variant }: Pick<PullFlags, "os" | "arch" | "variant">,
): Platform {
  return parsePlatform([os, arch, ...variant === undefined ? [] : [variant]].join("/"));
}

function placeArchive(flags: PullFlags, image: ImageName): PlaceReference {
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
  return placeAt("docker-archive", `${output}:${name}:${tag}`);
}

function unpinnedError(name: string): NixociError {
  return new NixociError("USAGE", `Cannot pull ${name} without a digest: a tag may move`, {
    hint: `nixoci digest registry:${name} prints one, nixoci prefetch ${name} all that Nix needs`,
  });
}

function terminalError(destination: string): NixociError {
  return new NixociError("USAGE", `Cannot write ${destination} to a terminal`, {
    hint: "redirect it to a file, or pipe it into another command",
  });
}

function readHash(text: string): Digest {
  try {
    return parseHash(text);
  } catch (error) {
    const { message, hint } = error as NixociError;
    throw new NixociError("USAGE", `--hash: ${message}`, { ...(hint && { hint }), cause: error });
  }
}

/** The image that was pulled, for programs. */
export interface Pulled extends Found {
  readonly imageName: string;
  readonly destination: string;
  /** As it was demanded. */
  readonly hash?: string;
  /** Bytes that moved, as they are in the registry. */
  readonly bytes: number;
}

/** Pulls, and shows progress. */
export async function pullAs(task: PullTask, flags: PullFlags, io: Io): Promise<Pulled> {
  const { name, destination, hash } = task;
  const result = await withProgress(
    flags.quiet ? "none" : flags.progress,
    (onEvent) => pullInto(task, flags, io, onEvent),
  );
  const { imageDigest, indexDigest, bytes } = result;
  return {
    imageName: name,
    imageDigest,
    ...(indexDigest && { indexDigest }),
    destination: destination.text,
    ...(hash && { hash: formatHash(hash, "sri") }),
    bytes,
  };
}

async function pullInto(
  { name, digest, platform, destination, hash }: PullTask,
  { tmpdir, jobs }: PullFlags,
  { signal, access }: Io,
  onEvent: (event: CopyEvent) => void,
): Promise<PullResult> {
  const notice = (notice: Notice) => onEvent({ type: "notice", ...notice });
  return await useResources(async (hold) => {
    const room = hold(scratch(tmpdir));
    const optionsOf = (side: "src-" | "dest-"): TransportOptions => {
      const own = { scratch: room, proved: cache().proved, jobs };
      return { ...sideOptions(access, { signal, notice }, side), ...own };
    };
    const pinned = placeAt("registry", `${name}@${digest}`);
    const from = hold(await openSource(pinned, optionsOf("src-")));
    const through = hash === undefined ? undefined : expectHash(hash);
    const to = hold(await openSink(destination, { ...optionsOf("dest-"), through }));
    const options = { digest, platform, signal, onEvent, scratch: room, jobs };
    return await pull(from, withoutTar(to), options);
  });
}

/** Hides that the sink unpacks layers, which is what it is wanted for: copying need not say so. */
export function withoutTar(sink: Sink): Sink {
  if (sink.traits.layers !== "tar") return sink;
  return { ...sink, traits: { ...sink.traits, layers: undefined } };
}

/** Lets a file appear only when it has the hash. */
function expectHash(hash: Digest): Through {
  return async (open) =>
    hashedOutput(await open(), algorithmOf(hash), (actual) => {
      if (actual === hash) return;
      const [wanted, got] = [hash, actual].map((each) => formatHash(each, "sri"));
      throw new NixociError("DIGEST", `the archive's hash is ${got}, not ${wanted} as expected`, {
        hint: "check digest, platform, name and tag: the archive's bytes depend on all of them",
      });
    });
}
