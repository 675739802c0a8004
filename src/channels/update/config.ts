/** The file of channels that are kept current: their feeds, and how their images are made. */
import { dirname, resolve } from "node:path";
import * as z from "zod/mini";
import { NixociError } from "../../base/errors.ts";
import { readSmallFile } from "../../bytes/disk/small-file.ts";
import * as is from "../../compose/spec/kinds.ts";
import { checkYamlFields } from "../../image/yaml/check.ts";
import type { Feed } from "../feed/feed.ts";
import { type FindLine, omitNotes, parseYaml, refuseTwice } from "../../image/yaml/parse.ts";

const words = is.list(is.filled, "must be a list of words")
  .check(z.minLength(1, "must be a program with its arguments"));
const textOrWords = z.union(
  [is.filled, words],
  "must be a text, or a list: a program and arguments",
);

const feedSchema = is.object({
  url: is.field(is.filled, "An answer of HTTP: lines that begin with a commit, or JSON"),
  path: is.field(is.filled, "The place of the commits in JSON, such as data.0.commit"),
  git: is.field(is.filled, "The URL of a repository"),
  branch: is.field(is.filled, "Its branch; master by default"),
  command: is.field(words, "A program that prints such lines, with its arguments"),
  newestFirst: is.field(is.flag, "true where the newest commit is the first one"),
}, 'must be an object such as {"url": "https://…/git-revision"}');

const madeBy = {
  image: is.field(is.filled, "The repository of its images, as a reference without a tag"),
  count: is.field(
    is.whole(1),
    "How many of the newest commits are to have an image; 16 by default",
  ),
  nixpkgs: is.field(
    textOrWords,
    "The archive of nixpkgs: a URL, a file, or a program that prints the path of one; it needs {commit}",
  ),
  spec: is.field(
    textOrWords,
    "The SPEC: a file, or a program that prints one; {commit} and {nixpkgs} stand in its arguments",
  ),
  latest: is.field(is.filled, "The tag of the newest image; latest by default"),
};

const channelSchema = is.object({
  name: is.needed(is.filled, "Its name; {channel} in image, nixpkgs and spec stands for it"),
  feed: is.needed(feedSchema, "Where its commits are said"),
  ...madeBy,
}, "must be an object with name and feed");

const configSchema = is.object({
  ...madeBy,
  channels: is.needed(is.list(channelSchema, "must be a list of channels"), "The channels"),
}, "must be an object with channels");

/** A channel, with all that it needs. */
export interface Channel {
  readonly name: string;
  readonly feed: Feed;
  /** A reference without a tag. */
  readonly image: string;
  readonly count: number;
  readonly nixpkgs: string | readonly string[];
  readonly spec: string | readonly string[];
  readonly latest: string;
}

/** The channels of a file, and the folder that its paths are below. */
export interface ChannelConfig {
  readonly channels: readonly Channel[];
  readonly folder: string;
}

/**
 * Reads the file.
 * @throws NixociError `MALFORMED`, with the line of what is wrong; `NOT_FOUND`, `IO`.
 * @example
 * ```ts
 * import { readChannelConfig } from "nixoci";
 * import { writeFile } from "node:fs/promises";
 * const all = { image: "registry:localhost:5000/nixpkgs", nixpkgs: "{commit}.tar.gz", spec: "base.json" };
 * const unstable = { name: "unstable", feed: { url: "https://example.org/commits" } };
 * await writeFile("channels.json", JSON.stringify({ ...all, channels: [unstable] }));
 * const { channels } = await readChannelConfig("channels.json");
 * console.log(channels.map(({ name }) => name)); // [ "unstable" ]
 * ```
 */
export async function readChannelConfig(file: string): Promise<ChannelConfig> {
  const bytes = await readSmallFile(file);
  const document = parseYaml(bytes.toString(), file);
  refuseTwice(document);
  const known = [configSchema, channelSchema, feedSchema].flatMap(({ def }) =>
    Object.keys(def.shape)
  );
  const { channels, ...all } = checkYamlFields(configSchema, omitNotes(document.value), document, {
    known,
  });
  const whereIs: FindLine = (path) =>
    `${document.whereIs(["channels", ...path])}: ${["channels", ...path].join(".")}`;
  const names = channels.map(({ name }) => name);
  const twice = names.findIndex((name, i) => names.indexOf(name) < i);
  if (twice !== -1) {
    throw configError(`${whereIs([twice, "name"])}: ${names[twice]} is there twice`);
  }
  const whole = channels.map((channel, i) =>
    completeChannel({ ...all, ...channel }, (path) => whereIs([i, ...path]))
  );
  checkPlaces(whole, whereIs);
  return { folder: dirname(resolve(file)), channels: whole };
}

/** Two channels with one newest image would take it from each other every hour. */
function checkPlaces(channels: readonly Channel[], whereIs: FindLine): void {
  const places = channels.map(({ image, latest }) => `${image}:${latest}`);
  const twice = places.findIndex((place, i) => places.indexOf(place) < i);
  if (twice === -1) return;
  const [one, other] = [places.indexOf(places[twice]!), twice].map((i) => channels[i]!.name);
  throw configError(
    `${whereIs([twice, "image"])}: the newest image of ${one} is ${
      places[twice]
    }, and that of ${other}, too`,
    "write {channel} into image, or give each another latest",
  );
}

type AskedChannel = z.infer<typeof channelSchema>;

function completeChannel({ name, feed, ...asked }: AskedChannel, whereIs: FindLine): Channel {
  checkFeed(feed, whereIs);
  if (asked.nixpkgs && ![asked.nixpkgs].flat().some((word) => word.includes("{commit}"))) {
    throw configError(
      `${whereIs(["nixpkgs"])}: it has no {commit}: all images would have the same nixpkgs`,
      "write {commit} where the commit belongs",
    );
  }
  const fill = <T extends string | readonly string[]>(
    value: T | null | undefined,
    field: string,
  ) => {
    if (!value) {
      throw configError(
        `${whereIs([field])}: it is not there`,
        "say it there, or for all channels",
      );
    }
    return fillIn(value, { channel: name }) as T;
  };
  return {
    name,
    feed,
    image: fill(asked.image, "image"),
    nixpkgs: fill(asked.nixpkgs, "nixpkgs"),
    spec: fill(asked.spec, "spec"),
    count: asked.count ?? 16,
    latest: asked.latest ?? "latest",
  };
}

function checkFeed(feed: Channel["feed"], whereIs: FindLine): void {
  const ways = [feed.url, feed.git, feed.command].filter((way) => way);
  if (ways.length !== 1) {
    const message = `${whereIs(["feed"])}: it has ${ways.length} of url, git and command`;
    throw configError(message, "write one of them");
  }
  const stray = feed.path && feed.git ? "path" : feed.branch && !feed.git ? "branch" : undefined;
  if (stray === undefined) return;
  throw configError(`${whereIs(["feed", stray])}: it has no meaning there`, "take it out");
}

/** Returns the words with values in the place of their names in braces. */
export function fillIn<T extends string | readonly string[]>(
  words: T,
  values: Readonly<Record<string, string>>,
): T {
  const fill = (word: string) =>
    word.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  return (typeof words === "string" ? fill(words) : words.map(fill)) as T;
}

function configError(message: string, hint?: string): NixociError {
  return new NixociError("MALFORMED", message, { hint });
}
