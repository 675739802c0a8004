/**
 * The shapes of what `--json` and `--progress json` print, as schemas: the documents are made from
 * them, and the tests hold the commands to them. Running a command needs none of it.
 */
import * as z from "zod/mini";
import type { CopyEvent } from "../../../copy/events.ts";
import type { AnyShape } from "./type-text.ts";

/** Grows with every change that a program could stumble over; new fields do not count. */
export const JSON_VERSION = 1;

const text = z.string();
const count = z.int().check(z.gte(0));
const digest = z.templateLiteral([z.enum(["sha256", "sha512"]), ":", z.string()]);

/** Adds what a reader should know of a field. */
function addNote<Shape extends z.ZodMiniType>(shape: Shape, description: string): Shape {
  const noted = z.clone(shape);
  z.globalRegistry.add(noted, { description });
  return noted;
}

const descriptor = z.looseObject({ mediaType: text, digest, size: addNote(count, "bytes") });
const platform = z.looseObject({
  os: z.optional(text),
  architecture: z.optional(text),
  variant: z.optional(text),
});
const blobKind = z.enum(["manifest", "config", "layer", "blob"]);
const strings = z.array(text);
const annotations = z.optional(z.record(text, text));

const copied = z.strictObject({
  images: z.array(z.strictObject({
    descriptor,
    references: addNote(strings, "the names that it has at the destination"),
    imageId: z.optional(addNote(digest, "at an engine, which knows no other digest")),
  })),
  blobs: addNote(
    z.strictObject({ moved: count, exists: count, mounted: count }),
    "layers, configs and other blobs; no manifests",
  ),
  bytes: addNote(count, "bytes of blobs that moved"),
});

const dryRun = z.strictObject({
  images: copied.shape.images,
  blobs: z.array(
    z.strictObject({ kind: blobKind, digest, size: count, mediaType: text, moves: z.boolean() }),
  ),
  bytes: addNote(count, "bytes of blobs that would move"),
});

const summary = z.union([
  z.strictObject({
    kind: z.literal("image"),
    digest,
    mediaType: text,
    platform: text,
    created: z.optional(text),
    author: z.optional(text),
    config: addNote(
      z.record(text, z.unknown()),
      "Env, Cmd, Labels and so on, as the config has them",
    ),
    configDigest: digest,
    layers: z.array(z.looseObject({
      ...descriptor.shape,
      diffId: digest,
      createdBy: z.optional(text),
    })),
    size: addNote(count, "the sum of the layers as they are stored"),
    annotations,
  }),
  z.strictObject({
    kind: z.literal("index"),
    digest,
    mediaType: text,
    manifests: z.array(z.looseObject({
      ...descriptor.shape,
      platform: z.optional(platform),
      for: z.optional(addNote(text, "the platform, as os/architecture[/variant]")),
    })),
    annotations,
  }),
  z.strictObject({
    kind: z.literal("artifact"),
    digest,
    mediaType: text,
    artifactType: text,
    blobs: z.array(descriptor),
    annotations,
  }),
  z.strictObject({
    kind: z.literal("images"),
    images: addNote(
      z.array(z.strictObject({ id: text, names: strings })),
      "what a place holds that names none of several",
    ),
  }),
]);

const fileType = z.enum([
  "file",
  "contiguous",
  "directory",
  "symlink",
  "hardlink",
  "char",
  "block",
  "fifo",
]);

const file = z.strictObject({
  path: text,
  type: fileType,
  mode: addNote(count, "the permission bits, as a number"),
  uid: count,
  gid: count,
  uname: z.optional(text),
  gname: z.optional(text),
  size: count,
  mtime: addNote(text, "ISO 8601, in UTC"),
  layer: addNote(count, "1 is the lowest; 0 for a folder that no layer describes"),
  linkpath: z.optional(addNote(text, "the target of a link")),
  device: z.optional(addNote(z.array(count), "major and minor number")),
  xattrs: z.optional(addNote(strings, "the names of its extended attributes")),
});

const difference = z.strictObject({
  path: text,
  change: z.enum(["added", "removed", "changed"]),
  type: fileType,
  before: z.optional(addNote(count, "bytes in the first image")),
  after: z.optional(addNote(count, "bytes in the second image")),
  aspects: z.optional(addNote(strings, "what has changed: content, mode, owner and so on")),
});

const lockedPlatforms = z.record(
  text,
  z.strictObject({ manifest: descriptor, config: descriptor, layers: z.array(descriptor) }),
);

const added = z.strictObject({
  file: text,
  images: z.array(z.strictObject({
    name: text,
    isNew: z.boolean(),
    repository: text,
    tag: text,
    index: z.optional(descriptor),
    platforms: lockedPlatforms,
  })),
});

const move = { name: text, repository: text, tag: text, from: digest, to: digest };

const unpacked = z.strictObject({
  path: text,
  entries: count,
  leftOut: z.strictObject({
    devices: count,
    setIds: count,
    capabilities: count,
    xattrs: count,
    fifos: count,
  }),
  rootless: addNote(z.boolean(), "owners could not be set"),
});

const blob = { kind: blobKind, descriptor };

/** An event, a line each, in the order in which they happen. */
const event: z.ZodMiniType<CopyEvent> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("making"), descriptor, bytes: count }),
  z.strictObject({ type: z.literal("plan"), blobs: z.array(z.strictObject(blob)) }),
  z.strictObject({ type: z.literal("start"), ...blob }),
  z.strictObject({ type: z.literal("progress"), descriptor, bytes: count }),
  z.strictObject({
    type: z.literal("done"),
    ...blob,
    how: z.enum(["moved", "exists", "mounted"]),
  }),
  z.strictObject({ type: z.literal("notice"), code: text, message: text }),
  z.strictObject({ type: z.literal("committed"), descriptor, references: strings }),
]) as never;

const failure = z.strictObject({
  error: z.strictObject({
    code: addNote(text, "one of the codes below"),
    message: text,
    hint: z.optional(addNote(text, "what to do next")),
    side: z.optional(z.enum(["source", "destination"])),
  }),
});

/** The shape of a failure, and of a line of `--progress json`. */
export const FAILURE: AnyShape = failure;
export const EVENT: AnyShape = event;

/** The shapes of results, by verb, with what else tells them apart. */
export const RESULTS: Readonly<Record<string, AnyShape>> = {
  build: copied,
  "build --dry-run": dryRun,
  cache: z.strictObject({
    path: text,
    size: addNote(count, "bytes; of cache clear, those that were there"),
    rows: addNote(z.record(text, count), "what is remembered, by kind"),
  }),
  completion: z.strictObject({ shell: text, script: text }),
  copy: copied,
  "copy --dry-run": dryRun,
  diff: z.array(difference),
  digest: z.strictObject({ digest, mediaType: text, size: count }),
  export: z.strictObject({ output: text, size: addNote(count, "bytes before compression") }),
  "export --bundle": unpacked,
  "export --dir": unpacked,
  "index add": copied,
  "index add --dry-run": dryRun,
  "index annotate": copied,
  "index annotate --dry-run": dryRun,
  "index create": copied,
  "index create --dry-run": dryRun,
  "index remove": copied,
  "index remove --dry-run": dryRun,
  inspect: summary,
  layers: addNote(z.array(z.strictObject({ digest, size: count })), "with --output"),
  "lock add": added,
  "lock blobs": z.array(z.looseObject({
    digest,
    hash: addNote(text, "the same as SRI"),
    kind: text,
    mediaType: text,
    path: addNote(text, "in a layout's blobs"),
    scope: addNote(text, "what to ask a token for"),
    size: count,
    url: text,
    images: strings,
  })),
  "lock check": z.strictObject({
    file: text,
    moved: z.array(z.strictObject({
      ...move,
      problem: z.optional(addNote(text, "why lock update cannot follow")),
    })),
    same: strings,
  }),
  "lock fetch": copied,
  "lock import": added,
  "lock list": z.array(z.strictObject({
    name: text,
    repository: text,
    tag: text,
    digest,
    platforms: z.record(text, z.strictObject({ digest, layers: count, size: count })),
  })),
  "lock remove": z.strictObject({ file: text, removed: strings }),
  "lock update": z.strictObject({
    file: text,
    dryRun: z.boolean(),
    moved: z.array(z.strictObject({
      ...move,
      platforms: z.record(text, z.strictObject({ from: digest, to: digest })),
    })),
    same: strings,
  }),
  "lock verify": z.strictObject({
    ok: z.boolean(),
    problems: z.array(z.strictObject({
      images: strings,
      kind: text,
      digest,
      problem: z.enum(["missing", "corrupt", "other"]),
    })),
  }),
  login: z.strictObject({
    host: text,
    username: text,
    storedIn: addNote(text, "a file, or a credential helper"),
  }),
  logout: z.strictObject({ removed: strings }),
  ls: z.array(file),
  mutate: copied,
  "mutate --dry-run": dryRun,
  plan: addNote(
    z.strictObject({ digest, imageId: digest, name: z.optional(text), layers: count }),
    "with --output",
  ),
  prefetch: addNote(z.record(text, text), "the arguments of pullImage, and indexDigest"),
  pull: z.strictObject({
    imageName: text,
    imageDigest: digest,
    indexDigest: z.optional(digest),
    destination: text,
    hash: z.optional(text),
    bytes: addNote(count, "bytes that moved"),
  }),
  run: copied,
  shell: copied,
  "shell --dry-run": dryRun,
  "shell --print-env": z.strictObject({
    variables: addNote(
      z.record(text, z.strictObject({ type: text, value: z.unknown() })),
      "as nix print-dev-env --json has them; before any setup has run",
    ),
    bashFunctions: z.strictObject({}),
    structuredAttrs: z.optional(addNote(z.record(text, text), "files, by name")),
  }),
  tag: copied.shape.images.def.element,
  tags: z.union([
    z.strictObject({ repository: text, tags: strings }),
    z.strictObject({
      place: addNote(text, "an archive or layout"),
      tags: strings,
      unnamed: addNote(strings, "the words that mean the images without a name"),
    }),
  ]),
};

/** Verbs that print a document of another format as it is, or the content of a file. */
export const DOCUMENTS: Readonly<Record<string, string>> = {
  cat: "a file's content, which is not JSON: `--json` is refused",
  "lock manifest": "the manifest, byte for byte",
  "lock schema": "the lockfile's JSON Schema",
};
