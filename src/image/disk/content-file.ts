/** Writes content to files. */
import { useResources } from "../../base/dispose.ts";
import { type AtomicOptions, openAtomicFile, sweepBeside } from "../../bytes/disk/atomic.ts";
import type { Content } from "../content.ts";

/**
 * Writes content to a file that appears when all of it is proved. What killed processes left beside
 * it goes.
 * @throws NixociError `DIGEST`, `SIZE`, and as `openAtomicFile` does.
 */
export async function writeContentFile(
  content: Pick<Content, "open">,
  path: string,
  { signal, ...options }: { readonly signal?: AbortSignal | undefined } & AtomicOptions = {},
): Promise<void> {
  if (options.through === undefined) await sweepBeside(path);
  await useResources(async (hold) => {
    const file = hold(await openAtomicFile(path, options));
    await file.writeStream(content.open(signal ? { signal } : {}));
    await file.commit();
  });
}
