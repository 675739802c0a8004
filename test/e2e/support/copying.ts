/** Copies, as the tests make them: by the API in this process, or by the command line. */
import { copy, type CopyOptions, type CopyResult } from "../../../src/copy/copy.ts";
import { openSink, openSource } from "../../../transports/mod.ts";
import { attempt, type CommandOptions, type CommandResult, nixociCommand } from "./command.ts";
import type { Maker } from "./images/sample.ts";
import { need, peers } from "./peers.ts";
import { type Facts, factsOf, type Place, seed, type Spot } from "./places.ts";

/** An image that skopeo has put somewhere, and what it is there. */
export interface Seeded {
  readonly spot: Spot;
  readonly facts: Facts;
}

const seeds = new Map<string, Promise<Seeded>>();

/** The maker's image in the place; it is put there when it is first asked for. */
export function seeded(maker: Maker, place: Place): Promise<Seeded> {
  const key = `${maker.name} in ${place.name}`;
  const made = seeds.get(key) ?? (async () => {
    const spot = place.spot();
    await seed(originOf(maker), spot);
    return { spot, facts: await factsOf(spot) };
  })();
  seeds.set(key, made);
  return made;
}

/** Where the maker has left its image, in skopeo's words. */
export function originOf(maker: Maker): string {
  return need(peers.samples.find(({ name }) => name === maker.name), maker.name).origin;
}

/** Copies by the API, in this process. */
export async function copyBetween(
  from: Pick<Spot, "reference" | "options">,
  to: Pick<Spot, "reference" | "options">,
  options?: CopyOptions,
): Promise<CopyResult> {
  const source = await openSource(from.reference, from.options);
  try {
    const sink = await openSink(to.reference, to.options);
    try {
      return await copy(source, sink, options);
    } finally {
      await sink[Symbol.asyncDispose]();
    }
  } finally {
    await source[Symbol.asyncDispose]();
  }
}

/** The command line, as a user runs it; it finds nothing of the real user's. */
export function nixoci(args: readonly string[], options?: CommandOptions): Promise<CommandResult> {
  return attempt(nixociCommand(...args), { env: peers.env, ...options });
}

/** The words of `nixoci copy` for two spots. */
export function copyWords(from: Spot, to: Spot): string[] {
  const flags = [
    ...from.flags.map((flag) => `--src-${flag}`),
    ...to.flags.map((flag) => `--dest-${flag}`),
  ];
  return ["copy", "--progress=none", ...flags, from.reference, to.reference];
}
