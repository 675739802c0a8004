/** Images in an engine: how they are asked for, and what the engine says of them. */
import { isDigest } from "../../src/bytes/digest.ts";
import { NixociError } from "../../src/base/errors.ts";
import {
  DOCKER_HUB,
  formatFamiliarName,
  formatReference,
  type ImageReference,
  parseReference,
} from "../../src/image/reference.ts";
import { askEngine, readError, refusalOf, sendRequest } from "./answer.ts";
import type { Engine } from "./engine.ts";

/** An image as an engine describes it. */
export interface EngineImage {
  /** The digest of its config; in containerd's store that of its manifest or index. */
  readonly id: string;
  readonly diffIds: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The names to ask an engine for, best first, when a user writes this.
 * @throws NixociError `USAGE` when it is neither a name nor an image ID.
 */
export function listEngineNames(text: string, isPodman: boolean): string[] {
  // An ID, or the start of one as engines print it. The engine looks for such a name, too.
  if (/^(?:sha256:)?[0-9a-f]{12,64}$/.test(text)) return [text];
  const { tag, ...rest } = parseReference(text);
  const reference = rest.digest === undefined ? { ...rest, tag: tag ?? "latest" } : rest;
  const full = formatReference(reference);
  const isShort = reference.host === DOCKER_HUB && !text.startsWith(`${DOCKER_HUB}/`);
  // What `podman build -t app` makes is localhost/app, which Podman finds by `app`.
  return isPodman && isShort ? [full, `localhost/${formatFamiliarName(reference)}`] : [full];
}

/**
 * Asks the engine for its description of an image, `undefined` when it has none of that name or ID.
 * @throws NixociError as `askEngine` does.
 */
export async function inspectImage(engine: Engine, name: string): Promise<EngineImage | undefined> {
  const answer = await askEngine(engine, `/images/${encodeURI(name)}/json`);
  if (answer === undefined) return undefined;
  const shown = answer as {
    Id?: unknown;
    RootFS?: { Layers?: unknown } | null;
    Config?: { Labels?: Record<string, string> | null } | null;
  } | null;
  const id = shown?.Id;
  const diffIds = shown?.RootFS?.Layers ?? [];
  if (!isDigest(id) || !Array.isArray(diffIds)) {
    throw new NixociError(
      "MALFORMED",
      `${engine.name} describes the image ${name} in an unknown way`,
    );
  }
  return { id, diffIds, labels: shown?.Config?.Labels ?? {} };
}

/**
 * Tells whether the engine keeps images in containerd's store: compressed, under their manifests' digests.
 * @see https://docs.docker.com/engine/storage/containerd/
 */
export async function hasContainerdStore(engine: Engine): Promise<boolean> {
  if (engine.isPodman) return false;
  const info = await askEngine(engine, "/info") as { DriverStatus?: unknown } | undefined;
  return JSON.stringify(info?.DriverStatus ?? "").includes("io.containerd.snapshotter");
}

// More images than this say nothing new: what is shared is shared with recent ones.
const MAX_IMAGES = 256;
const AT_A_TIME = 8;

/** Lists the layers of each image in the engine, the newest images first. */
export async function listEngineImages(engine: Engine): Promise<EngineImage[]> {
  const listed = await askEngine(engine, "/images/json");
  const ids = (Array.isArray(listed) ? listed : [])
    .map((image: { Id?: unknown } | null) => image?.Id).filter(isDigest).slice(0, MAX_IMAGES);
  const images: EngineImage[] = [];
  for (let i = 0; i < ids.length; i += AT_A_TIME) {
    const some = await Promise.all(
      ids.slice(i, i + AT_A_TIME).map((id) => inspectImage(engine, id)),
    );
    images.push(...some.filter((image) => image !== undefined));
  }
  return images;
}

/** Gives an image another name. */
export async function tagImage(engine: Engine, id: string, name: ImageReference): Promise<void> {
  const query = new URLSearchParams({
    repo: formatReference({ host: name.host, repository: name.repository }),
    tag: name.tag!,
  });
  const reply = await sendRequest(engine, "POST", `/images/${encodeURI(id)}/tag?${query}`);
  const message = await readError(reply);
  if (reply.status !== 201) throw refusalOf(engine, message ?? `it answers ${reply.status}`);
}
