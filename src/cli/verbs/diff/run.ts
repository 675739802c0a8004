/** The work of `nixoci diff`, and its lines. */
import type { Aspect } from "../../../flatten/aspects.ts";
import { diff, type Difference } from "../../../flatten/diff.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { formatBytes } from "../../kit/text.ts";
import { type ImageChoice, withImage } from "../../reference/image.ts";
import { parsePlace } from "../../../../transports/reference.ts";

/** Finds what differs between two images. */
export async function findDifferences(
  before: string,
  after: string,
  { ignore = [], ...choice }: ImageChoice & { readonly ignore?: readonly Aspect[] | undefined },
  io: Io,
): Promise<Difference[]> {
  const [first, second] = [
    parsePlace(before, { lasting: true }),
    parsePlace(after, { lasting: true }),
  ];
  const options = readSideOptions(io.access, io);
  const found: Difference[] = [];
  await withImage(first, choice, options, (a) =>
    withImage(second, choice, options, async (b) => {
      for await (const one of diff(a, b, { ignore, signal: io.signal })) found.push(one);
    }));
  return found;
}

const SIGNS = { added: "+", removed: "-", changed: "~" } as const;

/** Writes differences: `+ /path  12 kB`, `- /path  3 B`, `~ /path  3 B -> 12 kB  content, mode`. */
export function* describeDifferences(differences: Iterable<Difference>): Iterable<string> {
  for (const { path, change, type, before, after, aspects = [] } of differences) {
    const sizes = [before, after].filter((size) => size !== undefined).map(formatBytes);
    const size = sizes[0] === sizes[1] ? sizes[0] : sizes.join(" -> ");
    const what = aspects.length === 0 ? "" : `  ${aspects.join(", ")}`;
    yield `${SIGNS[change]} ${path}  ${type === "file" ? size : type}${what}`;
  }
}
