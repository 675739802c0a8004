/**
 * What an image is to be made of: the fields of a SPEC, in dockerTools' and nix2container's own
 * names. From this schema come the types, the errors and `schema/build.schema.json`.
 * @see https://nixos.org/manual/nixpkgs/stable/#sec-pkgs-dockerTools
 * @see https://github.com/nlewo/nix2container#functions-documentation
 */
import * as z from "zod/mini";
import { rfc3339 } from "../../image/time.ts";
import { STRATEGIES } from "../../layering/mod.ts";

/** A field's type with what it means, for the published schema. */
const field = <T extends z.ZodMiniType>(type: T, means: string) =>
  z.nullish(type).check(z.describe(means));

const text = z.string("must be a string");
const filled = text.check(z.minLength(1, "must not be empty"));
const flag = z.boolean("must be true or false");
const path = filled;
const paths = z.union([path, z.array(path, "must be a path or a list of paths")]);
const texts = z.record(text, text, "must be an object of strings");

const whole = (least: number) =>
  z.int(`must be a whole number, ${least} or more`)
    .check(z.minimum(least, `must be a whole number, ${least} or more`));

const time = text.check(z.refine(
  (value) => value === "now" || isTime(value),
  'must be "now" or a time such as 2026-01-31T12:00:00Z',
));

function isTime(value: unknown): boolean {
  return typeof value === "string" && rfc3339(value) !== undefined;
}

/** A rule of `perms`. */
export const perm = z.strictObject({
  path: filled.check(z.describe("The store path or directory whose files it is about")),
  regex: text.check(
    z.describe("Files of it, by their path at the source; the last that matches wins"),
  ),
  mode: field(
    text.check(z.regex(/^0?[0-7]{1,4}$/, "must be octal digits such as 0664")),
    "Permission bits, in octal",
  ),
  uid: field(whole(0), "Owner; 0 when left out"),
  gid: field(whole(0), "Group; 0 when left out"),
  uname: field(text, "Owner's name"),
  gname: field(text, "Group's name"),
}, "must be an object with path, regex and mode");

/** An entry of the history. */
export const metadata = z.strictObject({
  created_by: field(text, "What made the layer"),
  author: field(text, "Who made it"),
  comment: field(text, "What there is to say of it"),
  created: field(
    text.check(z.refine(isTime, "must be a time such as 2026-01-31T12:00:00Z")),
    "When, in ISO 8601",
  ),
}, "must be an object of strings");

/** What layers are made of: the fields that an image and its explicit layers have in common. */
const contents = {
  deps: field(paths, "Store paths to include, with all that they refer to"),
  copyToRoot: field(
    paths,
    "Store paths or directories whose files are copied to the image's root",
  ),
  perms: field(z.array(perm, "must be a list"), "Modes and owners of files"),
  maxLayers: field(
    whole(1),
    "How many layers at most: by default 100 (dockertools) or 1 (nix2container and explicit layers)",
  ),
};

const layerFields = {
  ...contents,
  ignore: field(filled, "A store path to leave out"),
  metadata: field(metadata, "The layer's entry in the image's history"),
};

const layer = z.strictObject({
  ...layerFields,
  get layers(): z.ZodMiniOptional<z.ZodMiniType<(string | LayerSpec)[] | null>> {
    return field(
      z.array(explicit, "must be a list of layers"),
      "Layers below this one, whose paths it leaves out",
    );
  },
}, "must be an object that describes a layer, or a file that nixoci layers wrote");

const explicit = z.union([
  filled.check(
    z.describe(
      "A file that describes layers, written by nixoci layers or nix2container's buildLayer",
    ),
  ),
  layer,
]);

/** The schema of a SPEC. `null` is as good as leaving a field out, as in Nix. */
export const specSchema = z.strictObject({
  $schema: field(text, "Where the schema is, for editors"),
  style: field(
    z.enum(["dockertools", "nix2container"], "must be dockertools or nix2container"),
    "Whose bytes and defaults: dockertools (the default) or nix2container",
  ),
  name: field(filled, "The image's name, such as app or registry.example/team/app; in lower case"),
  tag: field(filled, "Its tag; by default a hash of what is in the image"),
  ...contents,
  fromImage: field(
    filled,
    "The base image: an archive, a layout or a plan by its path, or scheme:location",
  ),
  fromImageName: field(filled, "Which image of a base archive; with fromImageTag"),
  fromImageTag: field(filled, "Which image of a base archive; with fromImageName"),
  config: field(
    z.record(text, z.unknown(), "must be an object"),
    "How containers run: Cmd, Env, User … of the image specification, keys in any case",
  ),
  inherit: field(
    z.enum(["none", "env", "all"], "must be none, env or all"),
    "What of the base image's config stays: env by default (none in style nix2container)",
  ),
  architecture: field(
    filled,
    "As Go names it: amd64, arm64 …; by default the base's or the host's",
  ),
  arch: field(filled, "nix2container's name for architecture"),
  os: field(filled, "linux by default"),
  variant: field(filled, "Of the architecture: v7, v8 …"),
  created: field(
    time,
    'When the image was made, or "now"; by default 1970-01-01T00:00:01Z ' +
      "(0001-01-01T00:00:00Z in style nix2container)",
  ),
  mtime: field(time, 'When its files changed, or "now"; one second after 1970 by default'),
  uid: field(whole(0), "Owner of all files; 0 by default"),
  gid: field(whole(0), "Group of all files; 0 by default"),
  uname: field(text, "Owner's name; root by default"),
  gname: field(text, "Group's name; root by default"),
  layering: field(
    z.enum(STRATEGIES, `must be ${STRATEGIES.join(", ")}`),
    "How paths are grouped into layers: popularity (nix2container's), popularity-contest and auto " +
      "(dockerTools'), size-aware (as few bytes as possible move when something changes)",
  ),
  layeringPipeline: field(
    z.array(z.unknown(), "must be a list of operations"),
    "How paths are grouped into layers, as nixpkgs' layeringPipeline; maxLayers is ignored then",
  ),
  layers: field(
    z.array(explicit, "must be a list of layers"),
    "Explicit layers, whose paths the others leave out",
  ),
  includeStorePaths: field(
    flag,
    "false leaves the store out: only what copyToRoot brings is there",
  ),
  compressor: field(
    z.enum(["none", "gz", "zstd"], "must be none, gz or zstd"),
    "How layers are compressed; by default as the destination has them",
  ),
  annotations: field(texts, "Of the image's manifest"),
  store: field(filled, "The folder that /nix/store is below; / by default"),
  closure: field(
    paths,
    "Instead of the store's database: files from nix path-info --json, closureInfo's registration, or " +
      "exportReferencesGraph",
  ),
}, "must be an object");

/** A SPEC as it is written. */
export type Spec = z.infer<typeof specSchema>;
/** An explicit layer of a SPEC. */
export interface LayerSpec extends Contents {
  ignore?: string | null | undefined;
  metadata?: MetadataSpec | null | undefined;
  /** Those below it; a string is a file that describes some. */
  layers?: (string | LayerSpec)[] | null | undefined;
}
/** What the image's own layers and explicit ones have in common. */
export type Contents = z.infer<z.ZodMiniObject<typeof contents>>;
/** A layer's entry in the history. */
export type MetadataSpec = z.infer<typeof metadata>;
/** Modes and owners of some files. */
export type PermSpec = z.infer<typeof perm>;
