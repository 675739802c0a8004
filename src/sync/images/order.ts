/** The images of all rules: each once, none in another's place, and those of one shard. */
import { NixociError } from "../../base/errors.ts";
import { digestOf } from "../../bytes/digest.ts";
import { formatReference } from "../../image/reference.ts";
import { placeKeyOf } from "../means.ts";
import type { ImageToSync } from "./find.ts";

/** A part of all images: the Ith of N, counted from 0. */
export interface Shard {
  readonly at: number;
  readonly of: number;
}

/**
 * Drops images that two rules mean in the same way.
 * @throws NixociError `USAGE` where two images would get one name at a destination: the later would
 * take it from the other.
 */
export function dropSame(images: readonly ImageToSync[]): ImageToSync[] {
  const takers = new Map<string, ImageToSync>();
  for (const image of images) {
    const name = placeKeyOf(image.destination);
    const other = takers.get(name);
    if (other === undefined) takers.set(name, image);
    else if (other.from !== image.from) throw clashError(other, image, name);
  }
  return [...takers.values()];
}

function clashError(one: ImageToSync, other: ImageToSync, name: string): NixociError {
  const places = [...new Set([one.rule.where, other.rule.where])].join(" and ");
  const message = `${one.from} and ${other.from} would both be ${name} (${places})`;
  const isFixed = [one, other].some(({ rule }) => !rule.destination.includes("{"));
  return new NixociError("USAGE", message, {
    hint: isFixed
      ? "leave the name out of the destination, or put {tag} or {reference} into it"
      : "keep more of their names: {repository} or {host}/{repository} in the destination, or --scoped",
  });
}

/**
 * Keeps the images of a shard. Those of one repository are in one shard, for they share layers: which
 * one follows from its name alone, so that no machine has to ask another.
 */
export function keepShard(images: readonly ImageToSync[], { at, of }: Shard): ImageToSync[] {
  return images.filter(({ source }) => {
    const name = source.image ? formatReference(source.image) : source.location;
    const number = Number.parseInt(digestOf(Buffer.from(name)).slice("sha256:".length, 19), 16);
    return number % of === at;
  });
}
