/**
 * The shape of regsync's files, as far as it matters here; and what of them nixoci does not do.
 * @see https://regclient.org/usage/regsync/
 */
import * as z from "zod/mini";

const text = z.nullish(z.string());
const flag = z.nullish(z.boolean());
const texts = z.nullish(z.array(z.string()));
const number = z.nullish(z.number());
const anything = z.optional(z.unknown());

const tagSet = z.strictObject({ allow: texts, deny: texts, semverRange: texts });

const common = {
  backup: text,
  interval: text,
  schedule: text,
  ratelimit: anything,
  digestTags: flag,
  referrers: flag,
  referrerFilters: anything,
  referrerSource: text,
  referrerTarget: text,
  referrerSlow: flag,
  fastCheck: flag,
  forceRecursive: flag,
  includeExternal: flag,
  mediaTypes: texts,
  hooks: anything,
};

const entry = z.strictObject({
  source: z.string(),
  target: z.string(),
  type: z.enum(["registry", "repository", "image"]),
  tags: z.nullish(tagSet),
  tagSets: z.nullish(z.array(tagSet)),
  repos: z.nullish(z.strictObject({ allow: texts, deny: texts })),
  platform: text,
  platforms: texts,
  ...common,
});

const host = z.strictObject({
  registry: z.string(),
  user: text,
  pass: text,
  tls: z.nullish(z.enum(["enabled", "disabled", "insecure"])),
  reqPerSec: number,
  reqConcurrent: number,
  repoAuth: flag,
  ...Object.fromEntries([
    ...["token", "credHelper", "credHost", "credExpire", "regcert", "clientCert", "clientKey"],
    ...["hostname", "pathPrefix", "mirrors", "priority", "apiOpts", "api", "scheme"],
    ...["blobChunk", "blobMax"],
  ].map((name) => [name, anything])),
});

/** The file. */
export const regsyncSchema = z.strictObject({
  version: z.nullish(z.literal(1)),
  creds: z.nullish(z.array(host)),
  defaults: z.nullish(z.strictObject({
    ...common,
    parallel: number,
    blobLimit: anything,
    cacheCount: anything,
    cacheTime: anything,
    skipDockerConfig: flag,
    userAgent: anything,
  })),
  sync: z.nullish(z.array(entry)),
});

export type RegsyncEntry = z.infer<typeof entry>;
export type RegsyncTags = z.infer<typeof tagSet>;
export type RegsyncHost = z.infer<typeof host>;

/** Names of fields, for words that are nearly one. */
export const REGSYNC_FIELDS: readonly string[] = [
  ...Object.keys(entry.shape),
  ...Object.keys(host.shape),
  ...Object.keys(tagSet.shape),
];

/** The fields that a file is refused for, since what comes out would differ; with what to do. */
export const REFUSED: Readonly<Record<string, string>> = {
  hooks: "run the commands around nixoci sync, whose --json says what was copied",
  backup: "keep the old image under another tag with nixoci tag, before",
  referrerFilters: "take all with referrers: true",
  referrerSource: "keep what refers to an image beside it",
  referrerTarget: "keep what refers to an image beside it",
  includeExternal: "layers with urls stay where these lead",
  token: "keep the credentials with nixoci login",
  credHelper: "name the helper in credHelpers of the auth file",
  credHost: "name the helper in credHelpers of the auth file",
  regcert:
    "put the certificate in a folder of /etc/containers/certs.d, or name one with --cert-dir",
  clientCert: "put it in a folder of /etc/containers/certs.d, or name one with --cert-dir",
  clientKey: "put it in a folder of /etc/containers/certs.d, or name one with --cert-dir",
  hostname: "say it in registries.conf (location)",
  pathPrefix: "say it in registries.conf (location)",
  mirrors: "say it in registries.conf (mirror)",
};

/** The fields that nixoci has no need for, and why: they are told, and the file is taken. */
export const UNUSED: Readonly<Record<string, string>> = {
  ratelimit: "nixoci waits as long as a registry says when it has enough",
  mediaTypes: "whatever a tag names is copied",
  referrerSlow: "the fallback tag is always looked at",
  forceRecursive: "nixoci verify reads all of a destination",
  skipDockerConfig: "--no-creds asks as nobody",
  credExpire: "nixoci asks for credentials once in a run",
  priority: "registries.conf orders mirrors",
  apiOpts: "nixoci finds out what a registry can",
  api: "nixoci finds out what a registry can",
  scheme: "tls: disabled says it",
  blobChunk: "nixoci finds out how a registry takes blobs",
  blobMax: "nixoci finds out how a registry takes blobs",
  blobLimit: "--jobs says how many blobs move at a time",
  cacheCount: "nothing is cached",
  cacheTime: "nothing is cached",
  userAgent: "nixoci says who it is",
};
