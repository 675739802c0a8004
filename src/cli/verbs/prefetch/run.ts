/** The work of `nixoci prefetch`. */
import type { Notice } from "../../../base/notices.ts";
import { openSink, openSource } from "../../../../transports/mod.ts";
import { placeAt } from "../../../../transports/reference.ts";
import { useResources } from "../../../base/dispose.ts";
import { NixociError } from "../../../base/errors.ts";
import { formatPlatform, type Platform } from "../../../image/platform.ts";
import { parseReference } from "../../../image/reference.ts";
import { scratch } from "../../../image/scratch.ts";
import { formatHash } from "../../../nix/formats/hash.ts";
import { prefetchArchive, prefetchDirectory, type Prefetched } from "../../../pull/prefetch.ts";
import type { CopyEvent } from "../../../copy/events.ts";
import type { Through } from "../../../bytes/output.ts";
import type { Io } from "../../kit/command.ts";
import {
  agreeOn,
  type ImageName,
  nameInArchive,
  readDigest,
  readImageName,
} from "../../reference/image-name.ts";
import { readPlatform, withoutTar } from "../pull/run.ts";
import { withProgress } from "../../progress/mod.ts";
import { sideOptions } from "../../kit/sides.ts";
import type { PrefetchFlags } from "./flags.ts";

/** The words of `prefetch`. */
export interface PrefetchWords {
  readonly name?: string | undefined;
  readonly reference?: string | undefined;
}

/** The image to look at, and what it will be called. */
export interface PrefetchTask {
  readonly name: string;
  /** A digest, or the tag that is asked for. */
  readonly reference: string;
  readonly final: { readonly name: string; readonly tag: string };
  readonly platform: Platform;
}

/**
 * Reads the task that the words state.
 * @throws NixociError `USAGE`.
 */
export function readTask(
  { name, reference }: PrefetchWords,
  flags: PrefetchFlags,
): PrefetchTask {
  const text = agreeOn("name", name, flags["image-name"]);
  if (text === undefined) {
    throw new NixociError("USAGE", "Missing arguments: prefetch needs NAME", {
      hint: "usage: nixoci prefetch NAME [TAG|DIGEST]",
    });
  }
  const named = readImageName(text);
  const isPin = reference?.includes(":") ?? false;
  const [tagWord, digestWord] = isPin ? [undefined, reference] : [reference, undefined];
  const tag = agreeOn("tag", named.tag, tagWord, flags["image-tag"]);
  const digest = agreeOn(
    "digest",
    named.digest,
    readDigest("DIGEST", digestWord),
    readDigest("--image-digest", flags["image-digest"]),
  );
  // What is no name fails here, before anybody is asked.
  parseReference(`${named.name}:${tag ?? "latest"}`);
  return {
    name: named.name,
    reference: digest ?? tag ?? "latest",
    final: readFinalName(flags, { name: named.name, ...(tag !== undefined && { tag }) }),
    platform: readPlatform(flags),
  };
}

function readFinalName(flags: PrefetchFlags, image: ImageName): PrefetchTask["final"] {
  for (const [flag, attribute] of FINAL) {
    if (flags.for === "dockerTools" || flags[flag] === undefined) continue;
    throw new NixociError("USAGE", `nix2container's pullImage has no ${attribute}`, {
      hint: `leave --${flag} out`,
    });
  }
  return nameInArchive(flags, image);
}

const FINAL = [
  ["final-image-name", "finalImageName"],
  ["final-image-tag", "finalImageTag"],
] as const;

/** Finds the attributes of `pullImage`, and shows progress. */
export async function prefetchAs(
  task: PrefetchTask,
  flags: PrefetchFlags,
  io: Io,
): Promise<PullImage> {
  const mode = flags.quiet ? "none" : flags.progress;
  const prefetched = await withProgress(mode, (onEvent) => prefetch(task, flags, io, onEvent));
  return describePullImage(task, prefetched, flags);
}

async function prefetch(
  { name, reference, final, platform }: PrefetchTask,
  flags: PrefetchFlags,
  { signal, access }: Io,
  onEvent: (event: CopyEvent) => void,
): Promise<Prefetched> {
  const notice = (notice: Notice) => onEvent({ type: "notice", ...notice });
  return await useResources(async (hold) => {
    const room = hold(scratch(flags.tmpdir));
    const side = { ...sideOptions(access, { signal, notice }), scratch: room };
    const from = hold(await openSource(placeAt("registry", name), side));
    const options = { reference, platform, signal, onEvent, scratch: room };
    if (flags.for === "nix2container") return await prefetchDirectory(from, options);
    const archive = placeAt("docker-archive", `-:${final.name}:${final.tag}`);
    const openArchive = async (through: Through) =>
      withoutTar(await openSink(archive, { through, scratch: room, signal }));
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
  { imageDigest, indexDigest, hash }: Prefetched,
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
