/** Writes what refers to an image, for people. */
import type { Digest } from "../../../bytes/digest.ts";
import { formatBytes } from "../../kit/text.ts";
import type { FoundReferrer, FoundReferrers } from "./run.ts";

/** Writes a tree: the image, and below each thing what refers to it. */
export function* formatTree({ descriptor, referrers }: FoundReferrers): Iterable<string> {
  const below = Map.groupBy(referrers, ({ subject }) => subject);
  const known = new Set(referrers.map((one) => one.descriptor.digest));
  yield descriptor.digest;
  yield* formatBelow(below, descriptor.digest, "");
  for (const [subject] of below) {
    if (subject === descriptor.digest || known.has(subject)) continue;
    yield `${subject} (below it)`;
    yield* formatBelow(below, subject, "");
  }
  if (referrers.length === 0) yield "nothing refers to it";
}

type ReferrersBelow = ReadonlyMap<Digest, readonly FoundReferrer[]>;

function* formatBelow(below: ReferrersBelow, subject: Digest, indent: string): Iterable<string> {
  const list = below.get(subject) ?? [];
  for (const [i, one] of list.entries()) {
    const isLast = i === list.length - 1;
    yield `${indent}${isLast ? "└── " : "├── "}${formatReferrer(one)}`;
    yield* formatBelow(below, one.descriptor.digest, indent + (isLast ? "    " : "│   "));
  }
}

function formatReferrer({ descriptor, references }: FoundReferrer): string {
  const { artifactType, mediaType, digest, size } = descriptor;
  return [artifactType ?? mediaType, digest, formatBytes(size), ...references].join("  ");
}
