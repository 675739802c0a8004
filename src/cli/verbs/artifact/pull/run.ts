/** The work of `nixoci artifact pull`. */
import { join } from "node:path";
import { parsePlace } from "../../../../../transports/reference.ts";
import { writeArtifactFiles } from "../../../../artifact/mod.ts";
import { TITLE } from "../../../../artifact/titles.ts";
import { NixociError } from "../../../../base/errors.ts";
import type { Digest } from "../../../../bytes/digest.ts";
import type { Content } from "../../../../image/content.ts";
import type { Root } from "../../../../image/root.ts";
import type { Io } from "../../../kit/io.ts";
import { readSideOptions } from "../../../kit/sides.ts";
import { withRoot } from "../../../reference/with-source.ts";

/** An artifact whose files are written. */
export interface PulledFiles {
  readonly digest: Digest;
  /** Their paths, below the folder as it was given. */
  readonly files: readonly string[];
}

/** Writes the files of an artifact. */
export async function pullFiles(
  source: string,
  folder: string,
  { tmpdir, ...flags }: {
    readonly tmpdir?: string | undefined;
    readonly "dry-run"?: boolean;
  },
  io: Io,
): Promise<PulledFiles> {
  const place = parsePlace(source, { lasting: true });
  const options = readSideOptions(io.access, io);
  return await withRoot(place, { tmpdir }, options, async (root) => {
    const { manifest, blobs } = toArtifact(root);
    const titles = blobs.flatMap(({ descriptor }) => descriptor.annotations?.[TITLE] ?? []);
    if (titles.length === 0) {
      throw new NixociError("UNSUPPORTED", "none of its blobs has a file's name", {
        hint: "get one by its digest: nixoci blob get",
      });
    }
    if (!flags["dry-run"]) {
      const artifact = { kind: "artifact", manifest, blobs } as const;
      await writeArtifactFiles(artifact, folder, { signal: io.signal });
    }
    return {
      digest: manifest.descriptor.digest,
      files: titles.map((title) => join(folder, title)),
    };
  });
}

/** Returns the parts; what has the form of an image may be files all the same. */
function toArtifact(root: Root): { manifest: Content; blobs: readonly Content[] } {
  if (root.kind === "artifact") return root;
  if (root.kind === "image") return { manifest: root.manifest, blobs: root.layers };
  throw new NixociError("UNSUPPORTED", "it is an index, which has no files", {
    hint: "choose one of what is in it by its digest: nixoci inspect lists them",
  });
}
