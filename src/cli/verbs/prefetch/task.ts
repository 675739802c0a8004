/** Reads what the words of `nixoci prefetch` ask for. */
import { makePlace, type PlaceReference } from "../../../../transports/reference.ts";
import { NixociError } from "../../../base/errors.ts";
import type { Platform } from "../../../image/platform.ts";
import { readPlatformFlags } from "../../kit/platform.ts";
import {
  chooseAgreed,
  type ImageName,
  nameInArchive,
  readDigest,
  readImageName,
} from "../../reference/image-name.ts";
import type { PrefetchFlags } from "./flags.ts";

/** The words of `prefetch`. */
export interface PrefetchWords {
  readonly name?: string | undefined;
  readonly reference?: string | undefined;
}

/** The image to look at, and what it will be called. */
export interface PrefetchTask {
  readonly name: string;
  readonly source: PlaceReference;
  /** A digest, or the tag that is asked for. */
  readonly reference: string;
  readonly final: { readonly name: string; readonly tag: string };
  readonly platform: Platform;
}

/**
 * Reads the task that the words state.
 * @throws NixociError `USAGE`.
 */
export function readPrefetchTask(
  { name, reference }: PrefetchWords,
  flags: PrefetchFlags,
): PrefetchTask {
  const text = chooseAgreed("name", name, flags["image-name"]);
  if (text === undefined) {
    throw new NixociError("USAGE", "Missing arguments: prefetch needs NAME", {
      hint: "usage: nixoci prefetch NAME [TAG|DIGEST]",
    });
  }
  const named = readImageName(text);
  const isPin = reference?.includes(":") ?? false;
  const [tagWord, digestWord] = isPin ? [undefined, reference] : [reference, undefined];
  const tag = chooseAgreed("tag", named.tag, tagWord, flags["image-tag"]);
  const digest = chooseAgreed(
    "digest",
    named.digest,
    readDigest("DIGEST", digestWord),
    readDigest("--image-digest", flags["image-digest"]),
  );
  return {
    name: named.name,
    source: makePlace("registry", `${named.name}:${tag ?? "latest"}`),
    reference: digest ?? tag ?? "latest",
    final: readFinalName(flags, { name: named.name, tag }),
    platform: readPlatformFlags(flags),
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
