/** A Dockerfile in step with the nixpkgs that a project has pinned. */
import { dirname } from "node:path";
import { writeAtomicFile } from "../../bytes/disk/atomic.ts";
import { readSmallFile } from "../../bytes/disk/small-file.ts";
import { NIXPKGS_NAME } from "../../compose/features/store/nixpkgs.ts";
import { computeTreePath } from "../../compose/nixpkgs/tree.ts";
import { parseHash } from "../../nix/formats/hash.ts";
import { changeCommits, listPinnedStages, type PinnedStage } from "./dockerfile.ts";
import { type PinnedSource, readPinnedSource } from "./source.ts";

/** Options for pinning; `undefined` is as good as nothing. */
export interface PinOptions {
  /** The image that is meant, where stages have several with commits. */
  readonly image?: string | undefined;
  /** The file that says the commit. */
  readonly source?: string | undefined;
  /** The name of nixpkgs in it. */
  readonly input?: string | undefined;
  /** Writes nothing. */
  readonly check?: boolean | undefined;
}

/** A Dockerfile, and what there is to do. */
export interface PinResult {
  readonly source: PinnedSource;
  /** Stages with another commit than the source's. */
  readonly behind: readonly PinnedStage[];
  readonly current: readonly PinnedStage[];
  /** Places that may be of the image and were not followed; why expressions will not find its nixpkgs. */
  readonly warnings: readonly string[];
}

/**
 * Pins the stages of a Dockerfile to the commit that its project has pinned.
 * @throws NixociError what reading the two files throws; nothing is written then.
 * @example
 * ```ts
 * import { pinDockerfile } from "nixoci";
 * import { mkdir, readFile, writeFile } from "node:fs/promises";
 * const [old, now] = ["a".repeat(40), "b".repeat(40)];
 * await writeFile("Dockerfile", `FROM me/nixpkgs:${old} AS build\n`);
 * await mkdir("nix", { recursive: true });
 * await writeFile("nix/sources.json", JSON.stringify({ nixpkgs: { rev: now } }));
 * const { behind } = await pinDockerfile("Dockerfile");
 * console.log(behind.length, await readFile("Dockerfile", "utf8")); // 1 FROM me/nixpkgs:bbb…
 * ```
 */
export async function pinDockerfile(file: string, options: PinOptions = {}): Promise<PinResult> {
  const { image, source: named, input, check } = options;
  const bytes = await readSmallFile(file);
  const text = bytes.toString();
  const { stages, unclear } = listPinnedStages(text, file, image);
  const source = await readPinnedSource(dirname(file), { file: named, ...input && { input } });
  const behind = stages.filter(({ commit }) => commit !== source.commit);
  if (!check && behind.length > 0) {
    await writeAtomicFile(file, changeCommits(text, behind, source.commit), { follow: true });
  }
  const current = stages.filter(({ commit }) => commit === source.commit);
  return { source, behind, current, warnings: [...unclear, ...listWarnings(source, stages)] };
}

function listWarnings(source: PinnedSource, stages: readonly PinnedStage[]): string[] {
  const { storeName, branch, file, hash } = source;
  const warnings: string[] = [];
  if (storeName !== NIXPKGS_NAME) {
    const paths = hash === undefined
      ? `${storeName}, not ${NIXPKGS_NAME}`
      : [storeName, NIXPKGS_NAME].map((name) => computeTreePath(parseHash(hash), name)).join(
        ", not ",
      );
    warnings.push(
      `${file}: nixpkgs will be looked for as ${paths}: build the image with ` +
        `--nixpkgs-name ${NIXPKGS_NAME} --nixpkgs-name ${storeName}, or it is downloaded`,
    );
  }
  const [{ image = "" } = {}] = stages;
  const channel = /(?:^|[/-])((?:nixos|nixpkgs|release)-(?:unstable|\d\d\.\d\d)\S*)$/.exec(image)
    ?.[1];
  if (branch !== undefined && channel !== undefined && !channel.endsWith(branch)) {
    warnings.push(`${file} follows ${branch}, and the image is of ${channel}: name another image`);
  }
  return warnings;
}
