/** The work of `nixoci pull`. */
import type { Notice } from "../../../base/notices.ts";
import { openSink, openSource, type TransportOptions } from "../../../../transports/mod.ts";
import { useResources } from "../../../base/dispose.ts";
import { algorithmOf, type Digest } from "../../../bytes/digest.ts";
import { createHashedOutput } from "../../../bytes/hashed-output.ts";
import type { WrapOutput } from "../../../bytes/output.ts";
import { createCache } from "../../../cache/cache.ts";
import { NixociError } from "../../../base/errors.ts";
import { createScratch } from "../../../image/disk/scratch.ts";
import { formatHash } from "../../../nix/formats/hash.ts";
import { type ImageDigests, pull, type PullResult } from "../../../pull/pull.ts";
import type { CopyEvent } from "../../../copy/events.ts";
import type { Io } from "../../kit/io.ts";
import { withProgress } from "../../progress/mod.ts";
import { readSideOptions } from "../../kit/sides.ts";
import type { PullFlags } from "./flags.ts";
import type { PullTask } from "./task.ts";

/** The image that was pulled, for programs. */
export interface Pulled extends ImageDigests {
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
    flags.quiet ? "quiet" : flags.progress,
    (onEvent) => pullInto(task, flags, io, onEvent),
  );
  const { imageDigest, indexDigest, bytes } = result;
  return {
    imageName: name,
    imageDigest,
    indexDigest,
    destination: destination.text,
    hash: hash && formatHash(hash, "sri"),
    bytes,
  };
}

async function pullInto(
  { source, digest, platform, destination, hash }: PullTask,
  { tmpdir, jobs }: PullFlags,
  { signal, access }: Io,
  onEvent: (event: CopyEvent) => void,
): Promise<PullResult> {
  const notice = (notice: Notice) => onEvent({ type: "notice", ...notice });
  return await useResources(async (hold) => {
    const scratch = hold(createScratch(tmpdir));
    const optionsOf = (side: "src-" | "dest-"): TransportOptions => {
      const own = { scratch, proved: createCache().proved, jobs };
      return { ...readSideOptions(access, { signal, notice }, side), ...own };
    };
    const from = hold(await openSource(source, optionsOf("src-")));
    const through = hash === undefined ? undefined : checkHash(hash);
    const to = hold(await openSink(destination, { ...optionsOf("dest-"), through }));
    const options = { digest, platform, signal, onEvent, scratch, jobs };
    return await pull(from, to, options);
  });
}

/** Lets a file appear only when it has the hash. */
function checkHash(hash: Digest): WrapOutput {
  return async (open) =>
    createHashedOutput(await open(), algorithmOf(hash), (actual) => {
      if (actual === hash) return;
      const [wanted, got] = [hash, actual].map((each) => formatHash(each, "sri"));
      throw new NixociError("DIGEST", `the archive's hash is ${got}, not ${wanted} as expected`, {
        hint: "check digest, platform, name and tag: the archive's bytes depend on all of them",
      });
    });
}
