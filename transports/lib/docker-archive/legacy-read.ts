/**
 * Archives of Docker before 1.10: a folder for each layer, named by a random ID, whose `json` names
 * its parent; `repositories` says which IDs have names. There is no config: it is made as Docker
 * makes it when it loads such an archive.
 * @see https://github.com/moby/docker-image-spec/blob/v1.3.1/v1.md
 */
import { createHasher, type Digest } from "../../../src/bytes/digest.ts";
import { NixociError } from "../../../src/base/errors.ts";
import { contentOf } from "../../../src/image/content.ts";
import { encodeJson, isObject, MAX_DOCUMENT, parseJson } from "../../../src/image/json.ts";
import { MEDIA_TYPES } from "../../../src/image/media-types.ts";
import type { Image } from "../../../src/image/root.ts";
import type { Members } from "../archive/members.ts";
import type { ArchivedImage } from "./archived-image.ts";
import { assembleImage } from "./assemble.ts";
import { type MemberOptions, unpackMember } from "./unpack-member.ts";

/** Its path in the archive. */
export const REPOSITORIES_FILE = "repositories";

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads which images `repositories` names.
 * @throws NixociError `MALFORMED`, `LIMIT`.
 */
export async function readLegacyImages(
  archive: Members,
  reading: MemberOptions = {},
): Promise<ArchivedImage[]> {
  const names = new Map<string, string[]>();
  for (const [repository, tags] of Object.entries(await readRepositories(archive))) {
    for (const [tag, id] of Object.entries(isObject(tags) ? tags : {})) {
      if (typeof id !== "string" || !isId(id)) {
        throw malformedError(`${repository}:${tag} names no ID`);
      }
      names.set(id, [...names.get(id) ?? [], `${repository}:${tag}`]);
    }
  }
  return [...names].map(([id, names]) => ({
    names,
    load: () => loadLegacyImage(archive, id, reading),
  }));
}

/** Its keys are users' names, whose case counts: no document for the strict parser. */
async function readRepositories(archive: Members): Promise<Json> {
  const bytes = await archive.bytes(REPOSITORIES_FILE, MAX_DOCUMENT);
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    if (isObject(value)) return value;
  } catch (cause) {
    throw new NixociError("MALFORMED", `${REPOSITORIES_FILE} is not valid JSON`, { cause });
  }
  throw malformedError(`${REPOSITORIES_FILE} is not a JSON object`);
}

async function loadLegacyImage(
  archive: Members,
  top: string,
  reading: MemberOptions,
): Promise<Image> {
  const chain = await readChain(archive, top);
  const paths = chain.map(({ id }) => `${id}/layer.tar`);
  const diffIds: Digest[] = [];
  for (const path of paths) diffIds.push(await computeDiffId(archive, path, reading));
  const config = configOf(chain.map(({ json }) => json), diffIds);
  const content = contentOf(MEDIA_TYPES.oci.config, encodeJson(config));
  return await assembleImage(archive, content, paths, reading);
}

/** Reads the layers' descriptions, lowest first. */
async function readChain(archive: Members, top: string): Promise<{ id: string; json: Json }[]> {
  const jsons = new Map<string, Json>();
  for (let id: unknown = top; id !== undefined && id !== "";) {
    if (typeof id !== "string" || !isId(id)) {
      throw malformedError(`a parent of ${top} is not an ID`);
    }
    if (jsons.has(id)) throw malformedError(`the parents of ${top} go in a circle`);
    const path = `${id}/json`;
    const json = parseObject(await archive.bytes(path, MAX_DOCUMENT), path);
    jsons.set(id, json);
    id = json.parent;
  }
  return [...jsons].map(([id, json]) => ({ id, json })).reverse();
}

async function computeDiffId(
  archive: Members,
  path: string,
  reading: MemberOptions,
): Promise<Digest> {
  const hash = createHasher();
  for await (const chunk of unpackMember(archive.file(path), path, reading)) hash.update(chunk);
  return hash.digest();
}

// What an image of the old kind says of itself, and one of today does not.
const OLD_FIELDS = new Set(["id", "parent", "parent_id", "layer_id", "throwaway", "Size"]);

/**
 * Returns the config that Docker makes: what the top layer says, with the diffIDs and what came
 * before.
 */
function configOf(jsons: readonly Json[], diffIds: readonly Digest[]): Json {
  const config = {
    ...jsons.at(-1),
    rootfs: { type: "layers", diff_ids: diffIds },
    history: jsons.map(historyOf),
  };
  const kept = Object.entries(config).filter(([key]) => !OLD_FIELDS.has(key));
  return Object.fromEntries(kept.sort(([a], [b]) => a < b ? -1 : 1));
}

function historyOf({ created, author, comment, container_config: container }: Json): Json {
  const command = isObject(container) && Array.isArray(container.Cmd) ? container.Cmd : [];
  return {
    ...(created !== undefined && { created }),
    ...(author ? { author } : {}),
    ...(command.length > 0 && { created_by: command.join(" ") }),
    ...(comment ? { comment } : {}),
  };
}

function parseObject(bytes: Uint8Array, what: string): Json {
  const value = parseJson(bytes, what);
  if (isObject(value)) return value;
  throw malformedError(`${what} is not a JSON object`);
}

function isId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function malformedError(what: string): NixociError {
  return new NixociError("MALFORMED", `the legacy Docker archive is malformed: ${what}`);
}
