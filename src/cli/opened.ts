/** Opens what a verb works on, and lets go of it whatever happens. */
import { openSource } from "../../transports/mod.ts";
import { parsePlatform } from "../image/platform.ts";
import { scratch } from "../image/scratch.ts";
import type { Root, Source, TransportOptions } from "../image/root.ts";
import { platform } from "../steps/platform.ts";

/** Runs the work on the opened source. */
export async function withSource<T>(
  reference: string,
  options: TransportOptions,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const source = await openSource(reference, options);
  try {
    return await work(source);
  } finally {
    await source[Symbol.asyncDispose]();
  }
}

/**
 * Runs the work on what the reference names, whole; with platforms, on what of an index is for them.
 */
export async function withRoot<T>(
  reference: string,
  options: TransportOptions,
  platforms: readonly string[] | undefined,
  work: (root: Root) => Promise<T>,
): Promise<T> {
  const room = scratch();
  const { signal, onNotice } = options;
  const context = { scratch: room, ...(signal && { signal }), ...(onNotice && { onNotice }) };
  try {
    return await withSource(reference, { scratch: room, ...options }, async (source) => {
      const root = await source.resolve();
      const chosen = platforms === undefined
        ? root
        : await platform(platforms.map(parsePlatform))(root, context);
      return await work(chosen);
    });
  } finally {
    await room[Symbol.asyncDispose]();
  }
}

/** A reference's location, where it is one in a registry: `registry:` and `docker:` stand for that. */
export function inRegistry(reference: string): string | undefined {
  return /^(?:registry|docker):(.*)$/s.exec(reference)?.[1];
}
