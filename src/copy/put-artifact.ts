/** Puts an artifact that has no name: its digest, or its subject, leads to it. */
import { runAtSide } from "../base/errors.ts";
import { useResources } from "../base/dispose.ts";
import type { Artifact } from "../image/root.ts";
import type { Sink } from "../image/sink.ts";
import { createBlobMover, type Totals } from "./mover.ts";
import type { CopyOptions } from "./options.ts";
import { putBlobs } from "./put.ts";

/**
 * Puts an artifact into a place that it is not named in, such as a signature of an image there. What
 * it is about is asked for by nobody.
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
  { dryRun, jobs, signal, onEvent }: Pick<CopyOptions, "dryRun" | "jobs" | "signal" | "onEvent"> =
    {},
): Promise<Totals> {
  return await useResources(async (hold) => {
    const moving = hold(createBlobMover(to, { dryRun, jobs, signal, onEvent }));
    await putBlobs([{ root: artifact, references: [] }], { to, moving, onEvent });
    const lacking = await moving.move({ kind: "manifest", content: artifact.manifest });
    if (lacking) throw lacking.error;
    if (!dryRun) {
      const committed = await runAtSide("destination", () => to.commit([]));
      if ("lacks" in committed) throw committed.error;
    }
    return moving.totals();
  });
}
