/** What `nixoci prefetch` does, once its words are parsed. */
import type { Notice } from "../../../base/notices.ts";
import { openSink, openSource } from "../../../../transports/mod.ts";
import { placeAt } from "../../../../transports/reference.ts";
import { NixociError } from "../../../base/errors.ts";
import { formatPlatform, type Platform } from "../../../image/platform.ts";
import { parseReference } from "../../../image/reference.ts";
import { scratch } from "../../../image/scratch.ts";
import { formatHash } from "../../../nix/formats/hash.ts";
import { prefetchArchive, prefetchDirectory, type Prefetched } from "../../../pull/prefetch.ts";
import type { GlobalFlags, Io } from "../../kit/command.ts";
import {
  agreed,
  digestIn,
  type FinalFlags,
  finalName,
  type ImageName,
  imageName,
} from "../../reference/image-name.ts";
import { plainly, platformOf } from "../pull/run.ts";
import { type ProgressMode, withProgress } from "../../progress/mod.ts";
import { sideOptions } from "../../kit/sides.ts";

/** The words of `prefetch`. */
export interface PrefetchWords {
  readonly name?: string | undefined;
  readonly reference?: string | undefined;
}

/** The flags of `prefetch`, but for those of its side. */
export interface PrefetchFlags extends GlobalFlags, FinalFlags {
  readonly os?: string | undefined;
  readonly arch?: string | undefined;
  readonly variant?: string | undefined;
  readonly "image-name"?: string | undefined;
  readonly "image-tag"?: string | undefined;
  readonly "image-digest"?: string | undefined;
  readonly for: "dockerTools" | "nix2container";
  readonly "hash-form": "hash" | "sha256";
  readonly tmpdir?: string | undefined;
  readonly progress: ProgressMode;
}

/** What is to be looked at, and what it will be called. */
export interface PrefetchTask {
  readonly name: string;
  /** A digest, or the tag that is asked for. */
  readonly reference: string;
  readonly final: { readonly name: string; readonly tag: string };
  readonly platform: Platform;
}

/**
 * The task that the words state.
 * @throws NixociError `USAGE`.
 */
export function prefetchTask(
  { name, reference }: PrefetchWords,
  flags: PrefetchFlags,
): PrefetchTask {
  const text = agreed("name", name, flags["image-name"]);
  if (text === undefined) {
    throw new NixociError("USAGE", "Missing arguments: prefetch needs NAME", {
      hint: "usage: nixoci prefetch NAME [TAG|DIGEST]",
    });
  }
  const named = imageName(text);
  const isPin = reference?.includes(":") ?? false;
  const [tagWord, digestWord] = isPin ? [undefined, reference] : [reference, undefined];
  const tag = agreed("tag", named.tag, tagWord, flags["image-tag"]);
  const digest = agreed(
    "digest",
    named.digest,
    digestIn("DIGEST", digestWord),
    digestIn("--image-digest", flags["image-digest"]),
  );
  // What is no name fails here, before anybody is asked.
  parseReference(`${named.name}:${tag ?? "latest"}`);
  return {
    name: named.name,
    reference: digest ?? tag ?? "latest",
    final: finalFor(flags, { name: named.name, ...(tag !== undefined && { tag }) }),
    platform: platformOf(flags),
  };
}

function finalFor(flags: PrefetchFlags, image: ImageName): PrefetchTask["final"] {
  for (const [flag, attribute] of FINAL) {
    if (flags.for === "dockerTools" || flags[flag] === undefined) continue;
    throw new NixociError("USAGE", `nix2container's pullImage has no ${attribute}`, {
      hint: `leave --${flag} out`,
    });
  }
  return finalName(flags, image);
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
  const { name, reference, final, platform } = task;
  const room = scratch(flags.tmpdir);
  const { signal } = io;
  const mode = flags.quiet ? "none" : flags.progress;
  const prefetched = await withProgress(mode, async (onEvent) => {
    const notice = (notice: Notice) => onEvent({ type: "notice", ...notice });
    const from = await openSource(
      placeAt("registry", name),
      sideOptions({ ...flags }, { signal, scratch: room, notice }),
    );
    const options = { reference, platform, signal, onEvent, scratch: room };
    try {
      if (flags.for === "nix2container") return await prefetchDirectory(from, options);
      const archive = placeAt("docker-archive", `-:${final.name}:${final.tag}`);
      return await prefetchArchive(
        from,
        async (through) => plainly(await openSink(archive, { through, scratch: room, signal })),
        options,
      );
    } finally {
      await from[Symbol.asyncDispose]();
      await room[Symbol.asyncDispose]();
    }
  });
  return pullImage(task, prefetched, flags);
}

/** The arguments of a `pullImage`. */
export interface PullImage {
  /** As JSON, with the index's digest beside the image's. */
  readonly json: Readonly<Record<string, string>>;
  /** As Nix, with the index's digest in a comment. */
  readonly lines: readonly string[];
}

function pullImage(
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
