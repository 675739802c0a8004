/** All samples that this machine can make. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Missing } from "../parts.ts";
import { buildah, buildahIndex } from "./buildah.ts";
import { docker } from "./docker.ts";
import { podman } from "./podman.ts";
import type { Maker, Sample, Workshop } from "./sample.ts";
import { skopeoZstd } from "./skopeo.ts";
import { umoci } from "./umoci.ts";

export const MAKERS: readonly Maker[] = [
  docker,
  podman,
  buildah,
  umoci,
  skopeoZstd,
  buildahIndex,
];

/** Makes one sample in a folder of its own below the workshop's. */
export async function makeSample(maker: Maker, workshop: Workshop): Promise<Sample> {
  const folder = join(workshop.folder, maker.name.replaceAll(/[^a-z]+/g, "-"));
  await mkdir(folder, { recursive: true });
  const origin = await maker.make({ ...workshop, folder });
  return { name: maker.name, kind: maker.kind, origin };
}

/** Whether everything that a maker needs is here. */
export function canMake(maker: Maker, missing: Missing): boolean {
  return maker.needs.every((part) => missing[part] === undefined);
}
