/** Puts an artifact, such as a signature: its digest or its subject leads to it, or a name. */
import { runAtSide } from "../base/errors.ts";
import { useResources } from "../base/dispose.ts";
import type { Artifact } from "../image/root.ts";
import type { Sink } from "../image/sink.ts";
import type { Totals } from "./arrivals.ts";
import { createBlobMover } from "./mover.ts";
import type { CopyOptions } from "./options.ts";
import { putBlobs } from "./put.ts";

/** Options of putting an artifact. */
export interface PutArtifactOptions
  extends Pick<CopyOptions, "dryRun" | "jobs" | "signal" | "onEvent"> {
  /** The names that it gets; none by default, whatever the place itself names. */
  readonly references?: readonly string[];
}

/**
 * Puts an artifact beside what it is about, such as a signature of an image there. What it is about
 * is asked for by nobody.
 * @throws NixociError of whatever went wrong first.
 * @example
 * ```ts
 * import { createArtifact, openSink, openSource, putArtifact } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * const { descriptor: subject } = (await from.resolve()).manifest;
 * await using to = await openSink("oci-dir:in");
 * const artifact = createArtifact({ type: "application/vnd.example.note", subject });
 * console.log((await putArtifact(artifact, to)).blobs.moved); // 1
 * ```
 */
export async function putArtifact(
  artifact: Artifact,
  to: Sink,
  { dryRun, jobs, signal, onEvent, references = [] }: PutArtifactOptions = {},
): Promise<Totals> {
  return await useResources(async (hold) => {
    const moving = hold(createBlobMover(to, { dryRun, jobs, signal, onEvent }));
    const image = { root: artifact, references };
    await putBlobs([image], { to, moving, onEvent });
    if (references.length === 0) {
      const lacking = await moving.move({ kind: "manifest", content: artifact.manifest });
      if (lacking) throw lacking.error;
    }
    if (!dryRun) {
      const named = references.length === 0 ? [] : [image];
      const committed = await runAtSide("destination", () => to.commit(named));
      if ("lacks" in committed) throw committed.error;
    }
    return moving.totals();
  });
}
