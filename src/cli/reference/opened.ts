/** Opens what a verb works on, and lets go of it whatever happens. */
import { openSource, schemeOf } from "../../../transports/mod.ts";
import { NixociError } from "../../base/errors.ts";
import { parsePlatform } from "../../image/platform.ts";
import { parseReference } from "../../image/reference.ts";
import { type Scratch, scratch } from "../../image/scratch.ts";
import type { Root, Source, TransportOptions } from "../../image/root.ts";
import { platform } from "../../steps/platform.ts";

/** Runs the work on the opened source. */
async function withSource<T>(
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

/** Which root of a source is meant, and where temporary files go. */
export interface RootChoice {
  /** What of an index is for them; the host's when there are none; the whole index if missing. */
  readonly platforms?: readonly string[] | undefined;
  /** Which of several images in the source; what its location names by default. */
  readonly select?: (source: Source) => string | undefined;
  readonly tmpdir?: string | undefined;
}

/** Runs the work on what the reference names, with room for temporary files. */
export async function withRoot<T>(
  reference: string,
  { platforms, select, tmpdir }: RootChoice,
  options: TransportOptions,
  work: (root: Root, scratch: Scratch) => Promise<T>,
): Promise<T> {
  const room = scratch(tmpdir);
  const { signal, onNotice } = options;
  const context = { scratch: room, ...(signal && { signal }), ...(onNotice && { onNotice }) };
  try {
    return await withSource(reference, { scratch: room, ...options }, async (source) => {
      const root = await source.resolve(select?.(source));
      const chosen = platforms === undefined
        ? root
        : await platform(platforms.map(parsePlatform))(root, context);
      return await work(chosen, room);
    });
  } finally {
    await room[Symbol.asyncDispose]();
  }
}

/** A reference's location, where its scheme is a registry's. */
export function inRegistry(reference: string): string | undefined {
  const [, scheme, location] = /^([^:]*):(.*)$/s.exec(reference) ?? [];
  return scheme !== undefined && schemeOf(scheme) === "registry" ? location : undefined;
}

/**
 * What `tags` is asked for: a repository, with or without the scheme.
 * @throws NixociError `USAGE` for places that have no tags, and for a tag or digest in it.
 */
export function repositoryOf(reference: string): string {
  const scheme = schemeOf(reference.split(":", 1)[0]!);
  if (reference.includes(":") && scheme !== undefined && scheme !== "registry") {
    throw new NixociError(
      "USAGE",
      `Cannot list the tags of ${reference}: only registries have tags`,
      {
        hint: "see what it holds with nixoci inspect",
      },
    );
  }
  const location = (inRegistry(reference) ?? reference).replace(/^\/\//, "");
  const { host, repository, tag, digest } = parseReference(location);
  if (tag === undefined && digest === undefined) return location;
  throw new NixociError("USAGE", `${JSON.stringify(location)} names one image, not a repository`, {
    hint: `write nixoci tags ${host}/${repository}`,
  });
}
