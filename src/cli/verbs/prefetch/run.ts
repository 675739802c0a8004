/** The work of `nixoci prefetch`. */
import type { Notice } from "../../../base/notices.ts";
import { openSink, openSource } from "../../../../transports/mod.ts";
import { makePlace } from "../../../../transports/reference.ts";
import { useResources } from "../../../base/dispose.ts";
import { formatPlatform } from "../../../image/platform.ts";
import { createScratch } from "../../../image/disk/scratch.ts";
import { formatHash } from "../../../nix/formats/hash.ts";
import { prefetchArchive, prefetchDirectory, type PrefetchResult } from "../../../pull/prefetch.ts";
import type { CopyEvent } from "../../../copy/events.ts";
import type { WrapOutput } from "../../../bytes/output.ts";
import type { Io } from "../../kit/io.ts";
import { withProgress } from "../../progress/mod.ts";
import { readSideOptions } from "../../kit/sides.ts";
import type { PrefetchFlags } from "./flags.ts";
import type { PrefetchTask } from "./task.ts";

/** Finds the attributes of `pullImage`, and shows progress. */
export async function prefetchAs(
  task: PrefetchTask,
  flags: PrefetchFlags,
  io: Io,
): Promise<PullImage> {
  const mode = flags.quiet ? "quiet" : flags.progress;
  const prefetched = await withProgress(mode, (onEvent) => prefetch(task, flags, io, onEvent));
  return describePullImage(task, prefetched, flags);
}

async function prefetch(
  { source, reference, final, platform }: PrefetchTask,
  flags: PrefetchFlags,
  { signal, access }: Io,
  onEvent: (event: CopyEvent) => void,
): Promise<PrefetchResult> {
  const notice = (notice: Notice) => onEvent({ type: "notice", ...notice });
  return await useResources(async (hold) => {
    const scratch = hold(createScratch(flags.tmpdir));
    const side = { ...readSideOptions(access, { signal, notice }), scratch };
    const from = hold(await openSource(source, side));
    const options = { reference, platform, signal, onEvent, scratch };
    if (flags.for === "nix2container") return await prefetchDirectory(from, options);
    const archive = makePlace("docker-archive", `-:${final.name}:${final.tag}`);
    const openArchive = (through: WrapOutput) => openSink(archive, { through, scratch, signal });
    return await prefetchArchive(from, openArchive, options);
  });
}

/** The arguments of a `pullImage`. */
export interface PullImage {
  /** As JSON, with the index's digest beside the image's. */
  readonly json: Readonly<Record<string, string>>;
  /** As Nix, with the index's digest in a comment. */
  readonly lines: readonly string[];
}

function describePullImage(
  { name, final, platform }: PrefetchTask,
  { imageDigest, indexDigest, hash }: PrefetchResult,
  flags: PrefetchFlags,
): PullImage {
  const isForDockerTools = flags.for === "dockerTools";
  const attribute = isForDockerTools ? flags["hash-form"] : "sha256";
  const attributes = {
    imageName: name,
    imageDigest,
    [attribute]: formatHash(hash, flags["hash-form"] === "hash" ? "sri" : "nix32"),
    ...(isForDockerTools && { finalImageName: final.name, finalImageTag: final.tag }),
  };
  const comment = indexDigest && ` # ${formatPlatform(platform)} of the index ${indexDigest}`;
  const lines = Object.entries(attributes).map(([key, value]) =>
    // Names, tags and digests have nothing in them that Nix would read as more than text.
    `  ${key} = "${value}";${key === "imageDigest" ? comment ?? "" : ""}`
  );
  return {
    json: { ...attributes, ...(indexDigest && { indexDigest }) },
    lines: ["{", ...lines, "}"],
  };
}
