/** The places and programs that an update of base images needs: feeds, registries, Nix's store. */
import { resolve } from "node:path";
import { openSink, openSource, type TransportOptions } from "../../../../../transports/mod.ts";
import { fetchUrl as fetchWebUrl } from "../../../../../transports/registry/fetch-url.ts";
import { HttpFailure } from "../../../../../transports/registry/http/failure.ts";
import { type Hold, ownResources, useResources } from "../../../../base/dispose.ts";
import { codeOf, NixociError } from "../../../../base/errors.ts";
import { type FetchUrl, readFeed, runForText } from "../../../../channels/feed/feed.ts";
import { completeBaseSpec } from "../../../../channels/image/preset.ts";
import { type Channel, type ChannelConfig, fillIn } from "../../../../channels/update/config.ts";
import { proveImage } from "../../../../channels/update/prove-image.ts";
import type { FoundImage, UpdatePlaces } from "../../../../channels/update/places.ts";
import { sourceOf } from "../../../../compose/source.ts";
import { checkSpec, readSpec } from "../../../../compose/spec/read.ts";
import type { Spec } from "../../../../compose/spec/spec.ts";
import { copy } from "../../../../copy/copy.ts";
import { readRunConfig } from "../../../../image/config/run-config.ts";
import { readConfig } from "../../../../image/documents/load.ts";
import { parseJson } from "../../../../image/json.ts";
import { readClosure } from "../../../../nix/store/closure.ts";
import { openStore } from "../../../../nix/store/store.ts";
import { buildImage } from "../../../spec/image.ts";
import { fetchArchive } from "./archive.ts";

/** Labels by which images of channels say what they are. */
const LABELS = {
  commit: "org.opencontainers.image.revision",
  size: "NixClosureSize",
  serial: "NixSerial",
};

/** Options for the places. */
export interface PlacesOptions {
  readonly transport: TransportOptions;
  readonly signal: AbortSignal;
  /** The most bytes that an archive may have; 0 for any number. */
  readonly maxSize: number;
}

/** Opens the places of a file's channels. */
export function createUpdatePlaces(
  { folder }: Pick<ChannelConfig, "folder">,
  { transport, signal, maxSize }: PlacesOptions,
): UpdatePlaces {
  const fetchUrl: FetchUrl = (url, read) => fetchWebUrl(url, read, transport);
  const where = { folder, signal, fetchUrl, maxSize };
  const specOf = async (channel: Channel, commit: string, nixpkgs: string) => {
    const spec = await readChannelSpec(channel, { commit, nixpkgs }, where);
    return await completeBaseSpec(
      { ...spec, nixpkgs: { ...namesOf(spec), source: nixpkgs } },
      folder,
    );
  };
  return {
    listCommits: (channel) => readFeed(channel.feed, channel.name, where),
    findImage: (channel, tag) => findImage(`${channel.image}:${tag}`, transport),
    hasImage: (channel, tag) => hasImage(`${channel.image}:${tag}`, transport),
    async computeHash(channel, commit) {
      if (!isMadeOfNixpkgs(channel)) return hashOf(await specOf(channel, commit, "none"));
      return await useResources(async (hold) => {
        const { path } = hold(await fetchArchive(channel, commit, where));
        return hashOf(await specOf(channel, commit, path));
      });
    },
    makeImage: (channel, commit, serial) =>
      ownResources(async (hold) => {
        const { path } = hold(await fetchArchive(channel, commit, where));
        const spec = await specOf(channel, commit, path);
        const size = await countClosureBytes(spec, folder);
        const labelled = addLabels(spec, {
          [LABELS.commit]: commit,
          [LABELS.size]: String(size),
          [LABELS.serial]: String(serial),
        });
        const asked = { spec: await checkSpec(labelled, channel.name), folder };
        const built = hold(await buildImage(asked, transport));
        const trees = built.trees.flatMap(({ infos }) => infos.map((info) => info.path));
        return {
          size,
          test: () => proveImage(built.image, trees, signal),
          push: (tag: string) =>
            useResources(async (held) => {
              const to = held(await openSink(`${channel.image}:${tag}`, transport));
              await copy(sourceOf(built), to, { signal });
            }),
        };
      }),
  };
}

/** Opens a place and asks it for an image, of which there may be none: any other answer is an error. */
async function askPlace<T>(
  reference: string,
  transport: TransportOptions,
  ask: (source: OpenedSource) => Promise<T>,
  hold: Hold,
): Promise<T | undefined> {
  try {
    return await ask(hold(await openSource(reference, transport)));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

type OpenedSource = Awaited<ReturnType<typeof openSource>>;

async function hasImage(reference: string, transport: TransportOptions): Promise<boolean> {
  return await useResources(async (hold) => {
    const ask = (source: OpenedSource): Promise<unknown> =>
      source.headManifest?.() ?? source.resolve();
    return await askPlace(reference, transport, ask, hold) !== undefined;
  });
}

/** Finds an image and what its labels say. */
async function findImage(
  reference: string,
  transport: TransportOptions,
): Promise<FoundImage | undefined> {
  return await useResources(async (hold) => {
    const root = await askPlace(reference, transport, (source) => source.resolve(), hold);
    if (root === undefined) return undefined;
    if (root.kind !== "image") throw new NixociError("UNSUPPORTED", `${reference} is not an image`);
    const { Labels = {} } = readRunConfig((await readConfig(root.config)).json.config ?? {});
    const size = Number(Labels[LABELS.size]);
    const serial = Number(Labels[LABELS.serial]) || 0;
    return {
      nixHash: Labels["NixHash"],
      commit: Labels[LABELS.commit],
      size: size || Infinity,
      serial,
    };
  });
}

/** Tells whether a registry says that there is no such image; a proxy's 404 says nothing of that. */
function isMissing(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one instanceof HttpFailure) {
      return one.status === 404 &&
        one.codes.some((code) => ["MANIFEST_UNKNOWN", "NAME_UNKNOWN"].includes(code));
    }
  }
  return codeOf(error) === "NOT_FOUND";
}

function isMadeOfNixpkgs({ spec }: Channel): boolean {
  return typeof spec !== "string" && spec.some((word) => word.includes("{nixpkgs}"));
}

async function readChannelSpec(
  { name, spec }: Channel,
  values: { readonly commit: string; readonly nixpkgs: string },
  where: { readonly folder: string; readonly signal: AbortSignal },
): Promise<Spec> {
  if (typeof spec === "string") {
    return (await readSpec(resolve(where.folder, fillIn(spec, values)))).spec;
  }
  const what = `the SPEC of ${name}`;
  const text = await runForText(fillIn(spec, values), what, where);
  return await checkSpec(parseJson(Buffer.from(text), what), what);
}

function namesOf({ nixpkgs }: Spec) {
  return typeof nixpkgs === "object" && nixpkgs !== null ? nixpkgs : {};
}

function hashOf({ config }: Spec): string {
  return readRunConfig(config ?? {}).Labels!["NixHash"]!;
}

function addLabels(spec: Spec, more: Readonly<Record<string, string>>): Spec {
  const config = spec.config ?? {};
  return { ...spec, config: { ...config, Labels: { ...readRunConfig(config).Labels, ...more } } };
}

/** Counts the bytes of all that Nix and the tools need. */
async function countClosureBytes(spec: Spec, folder: string): Promise<number> {
  return await useResources(async (hold) => {
    const descriptions = [spec.closure ?? []].flat().map((file) => resolve(folder, file));
    const store = hold(await openStore({ root: resolve(folder, spec.store ?? "/"), descriptions }));
    const packages = [spec.nix?.package ?? [], spec.systemPackages ?? []].flat();
    const closure = await readClosure(packages, store);
    return closure.reduce((sum, { narSize }) => sum + narSize, 0);
  });
}
