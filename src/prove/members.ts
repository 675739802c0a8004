/** Compares the members of two tars, in whatever order they are. */
import { createHash } from "node:crypto";
import type { ByteStream } from "../bytes/stream.ts";
import { type Aspect, ASPECTS } from "../flatten/aspects.ts";
import { readTar } from "../tar/read.ts";
import type { TarEntry } from "../tar/entry.ts";

/** A member of a tar, without its content. */
export interface TarPart extends Omit<TarEntry, "pax" | "sparse" | "raw"> {
  readonly offset: number;
  readonly dataOffset: number;
  readonly storedSize: number;
  /** SHA-256 of what is stored. */
  readonly hash: Buffer;
}

/** A member that is not in both tars, or is another one. */
export interface MemberDifference {
  readonly path: string;
  readonly change: "added" | "removed" | "changed";
  readonly aspects?: readonly Aspect[];
}

/** Reads the members of a tar, in order. Throws as `readTar` does. */
export async function readParts(archive: ByteStream): Promise<TarPart[]> {
  const parts: TarPart[] = [];
  for await (const { entry, offset, dataOffset, storedSize, data } of readTar(archive)) {
    const hash = createHash("sha256");
    for await (const chunk of data) hash.update(chunk);
    const { pax: _pax, sparse: _sparse, raw: _raw, ...fields } = entry;
    parts.push({ ...fields, offset, dataOffset, storedSize, hash: hash.digest() });
  }
  return parts;
}

/** Reads what is stored of one member of a tar. */
export async function* readPart(archive: ByteStream, { offset }: TarPart): ByteStream {
  for await (const member of readTar(archive)) {
    if (member.offset === offset) return yield* member.data;
  }
}

/**
 * Compares the members of two tars by their names; those of one name are paired in order.
 * @returns what differs, in the second's order, then what only the first has; and whether those that
 * are in both come in the same order.
 */
export function compareParts(
  before: readonly TarPart[],
  after: readonly TarPart[],
): { readonly differences: MemberDifference[]; readonly inOrder: boolean } {
  const left = Map.groupBy(before.entries(), ([, { path }]) => path);
  const differences: MemberDifference[] = [];
  let [last, inOrder] = [-1, true];
  for (const part of after) {
    const { path } = part;
    const [at, other] = left.get(path)?.shift() ?? [];
    if (at === undefined || other === undefined) {
      differences.push({ path, change: "added" });
      continue;
    }
    if (at < last) inOrder = false;
    last = at;
    const aspects = listAspects(other, part);
    if (aspects.length > 0) differences.push({ path, change: "changed", aspects });
  }
  for (const [path, rest] of left) {
    differences.push(...rest.map(() => ({ path, change: "removed" as const })));
  }
  return { differences, inOrder };
}

function listAspects(a: TarPart, b: TarPart): Aspect[] {
  if (a.type !== b.type) return ["type"];
  const found: Record<Aspect, boolean> = {
    type: false,
    content: !a.hash.equals(b.hash),
    size: a.size !== b.size,
    mode: a.mode !== b.mode,
    owner: a.uid !== b.uid || a.gid !== b.gid || a.uname !== b.uname || a.gname !== b.gname,
    time: a.mtime !== b.mtime,
    link: a.linkpath !== b.linkpath,
    device: a.devmajor !== b.devmajor || a.devminor !== b.devminor,
    xattrs: describeAttributes(a) !== describeAttributes(b),
  };
  return ASPECTS.filter((aspect) => found[aspect]);
}

function describeAttributes({ xattrs }: TarPart): string {
  return JSON.stringify(
    [...xattrs].map(([name, value]) => [name, Buffer.from(value).toString("hex")])
      .sort(([a], [b]) => a! < b! ? -1 : 1),
  );
}
