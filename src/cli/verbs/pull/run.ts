/** What `nixoci pull` does, once its words are parsed. */
import type { Notice } from "../../../base/notices.ts";
import { openSink, openSource } from "../../../../transports/mod.ts";
import { isPipePlace, placeAt, type PlaceReference } from "../../../../transports/reference.ts";
import { algorithmOf, type Digest } from "../../../bytes/digest.ts";
import { hashedOutput } from "../../../bytes/hashed-output.ts";
import type { Through } from "../../../bytes/output.ts";
import { cache } from "../../../cache/cache.ts";
import { NixociError } from "../../../base/errors.ts";
import { hostPlatform, parsePlatform, type Platform } from "../../../image/platform.ts";
import type { Sink, TransportOptions } from "../../../image/root.ts";
import { scratch } from "../../../image/scratch.ts";
import { formatHash, parseHash } from "../../../nix/formats/hash.ts";
import { type Found, pull } from "../../../pull/pull.ts";
import type { GlobalFlags, Io } from "../../kit/command.ts";
import {
  agreed,
  digestIn,
  type FinalFlags,
  finalName,
  type ImageName,
  imageName,
} from "../../reference/image-name.ts";
import { readPlace } from "../../reference/place.ts";
import { type ProgressMode, withProgress } from "../../progress/mod.ts";
import { sideOptions } from "../../kit/sides.ts";

/** The flags of `pull`, but for those of its sides. */
export interface PullFlags extends GlobalFlags, FinalFlags {
  readonly digest?: string | undefined;
  readonly output?: string | undefined;
  readonly to?: string | undefined;
  readonly os?: string | undefined;
  readonly arch?: string | undefined;
  readonly variant?: string | undefined;
  readonly hash?: string | undefined;
  readonly jobs?: number | undefined;
  readonly tmpdir?: string | undefined;
  readonly progress: ProgressMode;
}

/** What is to be pulled, and to where. */
export interface PullTask {
  readonly name: string;
  readonly digest: Digest;
  readonly platform: Platform;
  readonly destination: PlaceReference;
  readonly toStdout: boolean;
  readonly hash?: Digest;
}

/**
 * The task that the words state.
 * @throws NixociError `USAGE`.
 */
export function pullTask(text: string, flags: PullFlags): PullTask {
  const image = imageName(text);
  const { name, tag, digest: own } = image;
  const digest = agreed("digest", own, digestIn("--digest", flags.digest));
  if (digest === undefined) throw unpinned(tag === undefined ? name : `${name}:${tag}`);
  const destination = flags.to === undefined ? archiveFor(flags, image) : readPlace(flags.to);
  const toStdout = isPipePlace(destination);
  if (toStdout && process.stdout.isTTY) throw onTerminal(destination.text);
  const hash = flags.hash === undefined ? undefined : hashIn(flags.hash);
  return {
    name,
    digest,
    platform: platformOf(flags),
    destination,
    toStdout,
    ...(hash !== undefined && { hash }),
  };
}

/**
 * The platform of `--os`, `--arch` and `--variant`.
 * @throws NixociError `USAGE` when they name none.
 */
export function platformOf(
  { os = "linux", arch = hostPlatform().architecture, variant }: PullFlags,
): Platform {
  return parsePlatform([os, arch, ...variant === undefined ? [] : [variant]].join("/"));
}

function archiveFor(flags: PullFlags, image: ImageName): PlaceReference {
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
  const { name, tag } = finalName(flags, image);
  return placeAt("docker-archive", `${output}:${name}:${tag}`);
}

function unpinned(name: string): NixociError {
  return new NixociError("USAGE", `Cannot pull ${name} without a digest: a tag may move`, {
    hint: `nixoci digest registry:${name} prints one, nixoci prefetch ${name} all that Nix needs`,
  });
}

function onTerminal(destination: string): NixociError {
  return new NixociError("USAGE", `Cannot write ${destination} to a terminal`, {
    hint: "redirect it to a file, or pipe it into another command",
  });
}

function hashIn(text: string): Digest {
  try {
    return parseHash(text);
  } catch (error) {
    const { message, hint } = error as NixociError;
    throw new NixociError("USAGE", `--hash: ${message}`, { ...(hint && { hint }), cause: error });
  }
}

/** What was pulled, for programs. */
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
  const { name, digest, platform, destination, hash } = task;
  const room = scratch(flags.tmpdir);
  const result = await withProgress(flags.quiet ? "none" : flags.progress, async (onEvent) => {
    const { signal } = io;
    const notice = (notice: Notice) => onEvent({ type: "notice", ...notice });
    const { proved } = cache();
    const side = { signal, scratch: room, proved, jobs: flags.jobs, notice };
    const from = await openSource(
      placeAt("registry", `${name}@${digest}`),
      sideOptions({ ...flags }, side, "src-"),
    );
    const into: TransportOptions = {
      ...sideOptions({ ...flags }, side, "dest-"),
      ...(hash !== undefined && { through: expecting(hash) }),
    };
    const to = plainly(await openSink(destination, into));
    const jobs = flags.jobs === undefined ? {} : { jobs: flags.jobs };
    try {
      return await pull(from, to, { digest, platform, signal, onEvent, scratch: room, ...jobs });
    } finally {
      await to[Symbol.asyncDispose]();
      await from[Symbol.asyncDispose]();
      await room[Symbol.asyncDispose]();
    }
  });
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

/** The sink, of which copying does not say that it unpacks layers: that is what it is wanted for. */
export function plainly(sink: Sink): Sink {
  if (sink.traits.layers !== "tar") return sink;
  return { ...sink, traits: { ...sink.traits, layers: undefined } };
}

/** Lets a file appear only when it has the hash. */
function expecting(hash: Digest): Through {
  return async (open) =>
    hashedOutput(await open(), algorithmOf(hash), (actual) => {
      if (actual === hash) return;
      const [wanted, got] = [hash, actual].map((each) => formatHash(each, "sri"));
      throw new NixociError("DIGEST", `the archive's hash is ${got}, not ${wanted} as expected`, {
        hint: "check digest, platform, name and tag: the archive's bytes depend on all of them",
      });
    });
}
