/** The shape of nixoci's own files, for checking them and for editors. */
import * as z from "zod/mini";

const describe = <T extends z.ZodMiniType>(type: T, description: string): T =>
  type.check(z.describe(description)) as T;

const text = z.string().check(z.minLength(1));
const texts = z.array(text).check(z.minLength(1));
const count = z.int().check(z.positive());

const rules = z.strictObject({
  names: z.optional(describe(texts, "Tags or digests by name: nothing is listed for them")),
  match: z.optional(describe(texts, "Tags that match one of these patterns: *, ?, [a-z]")),
  regex: z.optional(describe(texts, "Tags that match one of these whole (Go's expressions)")),
  exclude: z.optional(describe(texts, "Tags that match one of these patterns are left out")),
  semver: z.optional(describe(text, "Tags that are versions in this range: ^1.2, >=1.2 <2")),
  newest: z.optional(
    describe(count, "So many of the newest: by version with semver, else by when they were made"),
  ),
});

const options = {
  platforms: z.optional(describe(
    texts,
    "The platforms to take of an index, such as linux/amd64; host is the machine's. All by default",
  )),
  referrers: z.optional(describe(z.boolean(), "Take along what refers to the images")),
  digestTags: z.optional(describe(z.boolean(), "Take along tags such as cosign's sha256-….sig")),
  immutable: z.optional(
    describe(texts, "Tags that never move, by pattern: those that are there are not asked for"),
  ),
  every: z.optional(describe(text, "With --watch: look again after so long: 15m, 1h30m")),
  cron: z.optional(describe(text, "With --watch: look again at these times: 0 3 * * *")),
};

const rule = z.strictObject({
  source: describe(
    text,
    "scheme:location: an image, a repository, an archive or layout; or registry:HOST, all of it",
  ),
  destination: describe(
    text,
    "scheme:location; {host}, {repository}, {name}, {tag} and {reference} stand for the image's",
  ),
  tags: z.optional(describe(z.union([texts, rules]), "Which tags; all by default")),
  repositories: z.optional(
    describe(texts, "Of a whole registry: repositories that match one of these patterns"),
  ),
  ...options,
});

const host = z.strictObject({
  username: z.optional(text),
  password: z.optional(
    describe(text, "Better kept by nixoci login; ${NAME} is a variable's value"),
  ),
  tlsVerify: z.optional(describe(z.boolean(), "false allows HTTP and certificates nobody knows")),
  certDir: z.optional(describe(text, "Folder with *.crt, *.cert and *.key, as in certs.d")),
  parallel: z.optional(describe(count, "Blobs that move at a time")),
  perSecond: z.optional(describe(z.number().check(z.positive()), "Requests in a second")),
});

/** The file. */
export const ownSchema = z.strictObject({
  $schema: z.optional(z.string()),
  defaults: z.optional(describe(z.strictObject(options), "For all rules that say nothing else")),
  hosts: z.optional(describe(z.record(z.string(), host), "How registries are reached, by host")),
  parallel: z.optional(describe(count, "Images that are copied at a time")),
  sync: describe(z.array(rule).check(z.minLength(1)), "What is to be in sync"),
});

export type OwnFile = z.infer<typeof ownSchema>;
export type OwnRule = z.infer<typeof rule>;

/** Names of fields, for words that are nearly one. */
export const OWN_FIELDS: readonly string[] = [
  ...Object.keys(ownSchema.shape),
  ...Object.keys(rule.shape),
  ...Object.keys(rules.shape),
  ...Object.keys(host.shape),
];

/**
 * Creates the JSON Schema (draft 2020-12) of the files that `nixoci sync` reads.
 * @example
 * ```ts
 * import { createSyncJsonSchema } from "nixoci";
 * console.log(createSyncJsonSchema()["title"]); // What nixoci keeps in sync
 * ```
 */
export function createSyncJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(ownSchema, { io: "input" });
  return { $schema, $id: "urn:nixoci:sync:1", title: "What nixoci keeps in sync", ...schema };
}
