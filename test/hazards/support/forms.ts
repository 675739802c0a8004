/** What both forms of an export make of layers. */
import { expect } from "vitest";
import { NixociError } from "../../../src/base/errors.ts";
import { unpack } from "../../../src/unpack/mod.ts";
import { dirShows, guarded, type Shown, tarShows } from "../../unpack/outputs.ts";
import { imageOfLayers } from "../../unpack/support.ts";

/** Reads and unpacks an image: what both forms show, or `undefined` where both refuse it. */
export async function resultOf(layers: readonly Buffer[]): Promise<Shown | undefined> {
  const image = await imageOfLayers(layers);
  const read = await orRefused(() => tarShows(image));
  let unpacked: Shown | undefined;
  await guarded(async (out) => {
    unpacked = await orRefused(async () => {
      await unpack(image, out);
      return dirShows(out);
    });
  });
  expect(unpacked).toEqual(read);
  for (const path of Object.keys(read ?? {})) expect(path).not.toMatch(/^\/|(^|\/)\.\.(\/|$)/);
  return read;
}

async function orRefused(work: () => Promise<Shown>): Promise<Shown | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NixociError && error.code !== "IO") return undefined;
    throw error;
  }
}
