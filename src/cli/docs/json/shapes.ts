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

const companion = z.strictObject({
  descriptor,
  subject: addNote(digest, "what it is attached to"),
  references: addNote(strings, "the tag that it is found by, if it names no subject"),
});

const copied = z.strictObject({
  images: z.array(z.strictObject({
    descriptor,
    references: addNote(strings, "the names that it has at the destination"),
    imageId: z.optional(addNote(digest, "at an engine, which knows no other digest")),
  })),
  companions: z.optional(
    addNote(
      z.array(companion),
      "with --referrers or --digest-tags",
    ),
  ),
  blobs: addNote(
    z.strictObject({ moved: count, exists: count, mounted: count }),
    "layers, configs and other blobs; no manifests",
  ),
  bytes: addNote(count, "bytes of blobs that moved"),
});

const dryRun = z.strictObject({
  images: copied.shape.images,
  companions: copied.shape.companions,
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

const layerContent = {
  adds: addNote(count, "bytes of the files in it"),
  wastes: addNote(count, "of those, what the final image does not show"),
};

const explanation = z.strictObject({
  digest,
  layers: z.array(z.strictObject({
    number: addNote(count, "1 is the lowest"),
    digest,
    diffId: digest,
    size: addNote(count, "bytes as it is stored"),
    inBase: z.optional(addNote(z.boolean(), "with --base")),
    createdBy: z.optional(text),
    storePaths: z.optional(strings),
    content: z.optional(addNote(
      z.strictObject({
        entries: count,
        ...layerContent,
        hides: addNote(count, "bytes below that it is the first to hide"),
        whiteouts: count,
      }),
      "unless --quick",
    )),
  })),
  size: addNote(count, "bytes of all layers as they are stored"),
  config: z.array(z.strictObject({
    field: addNote(text, "such as Env.PATH"),
    value: text,
    from: z.enum(["base", "changed", "own", "history", "unknown"]),
    before: z.optional(addNote(text, "the base's value, where it is another")),
    step: z.optional(addNote(count, "of the history, 1 the first")),
    createdBy: z.optional(text),
  })),
  baseName: z.optional(addNote(text, "what the image itself calls its base")),
  content: z.optional(z.strictObject(layerContent)),
  biggest: z.optional(z.array(z.strictObject({ path: text, size: count, layer: count }))),
  storePaths: z.optional(z.array(
    z.strictObject({ path: text, size: count, files: count, layers: z.array(count) }),
  )),
});

const comparedPath = z.strictObject({
  path: text,
  version: z.optional(text),
  size: z.optional(addNote(count, "bytes")),
});

const storeDifference = z.strictObject({
  added: z.array(comparedPath),
  removed: z.array(comparedPath),
  changed: z.array(z.strictObject({
    name: text,
    change: z.enum(["upgraded", "downgraded", "rebuilt"]),
    before: comparedPath,
    after: comparedPath,
  })),
  same: addNote(count, "paths that both have"),
  bytes: z.optional(addNote(
    z.strictObject({ before: count, after: count, news: count }),
    "of all store paths; left out where some sizes are not known",
  )),
});

const reason = z.strictObject({
  path: text,
  links: z.array(z.strictObject({ path: text, target: text })),
  real: addNote(text, "where the links lead"),
  storePath: z.optional(text),
  layers: addNote(z.array(count), "those that have it; 1 is the lowest"),
  versions: z.optional(z.array(z.strictObject({
    layer: count,
    type: addNote(text, "whiteout where the layer deletes it"),
    size: count,
    hiddenBy: z.optional(addNote(count, "the layer that hides it")),
  }))),
  of: addNote(count, "how many layers there are"),
  from: z.optional(addNote(text, "what says which paths refer to which")),
  chains: z.optional(z.array(z.strictObject({
    by: addNote(strings, "the settings of the config that name the first path"),
    paths: addNote(strings, "each refers to the next"),
  }))),
  count: z.optional(addNote(text, "how many chains there are, in decimal digits")),
  users: z.optional(addNote(strings, "the store paths that refer to it")),
});

const forecast = z.strictObject({
  against: addNote(digest, "the image that is there"),
  layers: count,
  kept: addNote(count, "layers that are there already"),
  bytes: addNote(count, "bytes of the others, as tars"),
  strategies: addNote(
    z.record(text, z.strictObject({ layers: count, kept: count, bytes: count })),
    "what layers of store paths would move, as NARs; against is how they are layered",
  ),
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

const commitEnd = {
  commit: text,
  status: z.enum(["built", "rebuilt", "kept", "failed", "would build", "would rebuild"]),
  reason: z.optional(text),
};
const channelEnd = {
  status: z.enum(["updated", "current", "would update", "failed"]),
  code: z.optional(addNote(text, "of the failure that ended it")),
  reason: z.optional(text),
};

/** The shape of a line of `base update --progress json`. */
export const UPDATE_EVENT: AnyShape = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("commit"), channel: text, ...commitEnd }),
  z.strictObject({ type: z.literal("channel"), channel: text, ...channelEnd }),
  z.strictObject({ type: z.literal("notice"), code: text, message: text }),
]);

const created = z.optional(
  addNote(z.record(text, text), "with --created: when the image of a tag was made, ISO 8601"),
);

const user = z.strictObject({
  host: text,
  username: z.optional(addNote(text, "left out for a token, which says no name")),
});

/** The shapes of results, by verb, with what else tells them apart. */
export const RESULTS: Readonly<Record<string, AnyShape>> = {
  "artifact pull": z.strictObject({ digest, files: addNote(strings, "their paths") }),
  "artifact push": copied,
  "artifact push --dry-run": dryRun,
  attach: companion,
  "blob get": z.strictObject({ digest, size: count }),
  "blob head": z.strictObject({ digest, size: count }),
  "blob put": z.strictObject({
    digest,
    size: count,
    moved: addNote(z.boolean(), "it was not there before"),
  }),
  "base init": z.strictObject({
    service: text,
    output: addNote(z.optional(text), "the file, with --output"),
    text: addNote(z.optional(text), "what would be in it, without"),
  }),
  "base pin": z.strictObject({
    commit: text,
    source: addNote(text, "the file that says the commit"),
    behind: addNote(
      z.array(z.strictObject({ line: count, image: text, commit: text })),
      "stages that had another commit, or have it with --check",
    ),
    current: addNote(count, "how many stages had it"),
    warnings: strings,
  }),
  "base update": z.strictObject({
    channels: z.array(
      z.strictObject({ name: text, ...channelEnd, commits: z.array(z.strictObject(commitEnd)) }),
    ),
  }),
  "base build": copied,
  "base build --dry-run": dryRun,
  build: copied,
  "build --dry-run": dryRun,
  cache: z.strictObject({
    path: text,
    size: addNote(count, "bytes; of cache clear, those that were there"),
    rows: addNote(z.record(text, count), "what is remembered, by kind"),
  }),
  catalog: z.strictObject({ host: text, repositories: strings }),
  completion: z.strictObject({ shell: text, script: text }),
  copy: copied,
  "copy --dry-run": dryRun,
  delete: z.strictObject({
    descriptor,
    names: addNote(strings, "names that have gone, or would go"),
    manifest: addNote(z.boolean(), "the image itself, and not only a name of it"),
  }),
  diff: z.array(difference),
  "diff --store-paths": storeDifference,
  digest: z.strictObject({ digest, mediaType: text, size: count }),
  explain: explanation,
  explore: addNote(
    z.strictObject({ images: strings, size: addNote(count, "bytes of the page") }),
    "with --output; else the page itself",
  ),
  export: z.strictObject({ output: text, size: addNote(count, "bytes before compression") }),
  "export --bundle": unpacked,
  "export --dir": unpacked,
  gc: z.strictObject({
    names: addNote(strings, "names that have gone, or would go"),
    blobs: z.array(z.strictObject({ digest, size: count })),
    bytes: count,
    young: addNote(count, "blobs that nothing names, too young to go"),
  }),
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
  init: z.strictObject({
    init: addNote(text, "the program that runs the services"),
    services: addNote(strings, "in the order of their start"),
  }),
  "lock add": added,
  "lock blob": z.strictObject({ digest, file: text }),
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
  "login --check": user,
  login: z.strictObject({
    host: text,
    username: text,
    storedIn: addNote(text, "a file, or a credential helper"),
  }),
  logout: z.strictObject({ removed: strings }),
  ls: z.array(file),
  "manifest get": addNote(
    z.strictObject({ digest, mediaType: text, size: count }),
    "with --output",
  ),
  "manifest head": z.strictObject({ digest, mediaType: text, size: count }),
  "manifest put": copied.shape.images.def.element,
  merge: copied,
  "merge --dry-run": dryRun,
  mutate: copied,
  "mutate --dry-run": dryRun,
  ping: z.strictObject({
    host: text,
    auth: z.enum(["none", "basic", "bearer"]),
    milliseconds: count,
  }),
  plan: addNote(
    z.strictObject({
      digest,
      imageId: digest,
      name: z.optional(text),
      layers: count,
      forecast: z.optional(addNote(forecast, "with --against")),
    }),
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
  ratelimit: z.strictObject({
    host: text,
    limit: z.optional(count),
    remaining: z.optional(count),
    windowSeconds: z.optional(count),
    source: z.optional(addNote(text, "who is counted: an address or an account")),
  }),
  referrers: z.strictObject({
    descriptor,
    referrers: addNote(z.array(companion), "each after what it refers to"),
  }),
  run: copied,
  sbom: addNote(
    z.strictObject({
      type: addNote(text, "the document's media type"),
      packages: count,
      unknown: addNote(strings, "sentences about what may be missing"),
      descriptor: z.optional(addNote(descriptor, "with --attach: the artifact")),
    }),
    "with --output or --attach; else the document itself",
  ),
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
  whoami: user,
  why: reason,
  verify: z.strictObject({
    ok: z.boolean(),
    manifests: count,
    blobs: count,
    bytes: addNote(count, "bytes of blobs that were read"),
    elsewhere: addNote(count, "layers that licences keep elsewhere"),
    problems: z.array(z.strictObject({
      kind: blobKind,
      digest,
      problem: z.enum(["missing", "corrupt", "malformed"]),
      message: text,
    })),
    repaired: z.optional(addNote(z.array(digest), "with --repair")),
  }),
  sync: z.strictObject({
    images: z.array(z.strictObject({
      source: text,
      destination: text,
      status: z.enum(["copied", "unchanged", "immutable", "planned", "failed"]),
      digest: z.optional(digest),
      bytes: addNote(count, "bytes of blobs that moved, or would"),
      error: z.optional(z.strictObject({
        code: text,
        message: text,
        hint: z.optional(text),
        side: z.optional(z.enum(["source", "destination"])),
      })),
    })),
    totals: z.strictObject({
      copied: count,
      unchanged: count,
      immutable: addNote(count, "tags that are there and never move: not asked for again"),
      planned: addNote(count, "with --dry-run"),
      failed: count,
      bytes: count,
      mounted: addNote(count, "blobs that were taken from other repositories"),
    }),
  }),
  serve: z.strictObject({
    url: addNote(text, "http://127.0.0.1:5000; printed when it listens"),
    host: text,
    writable: z.boolean(),
    repositories: strings,
  }),
  tag: copied.shape.images.def.element,
  tags: z.union([
    z.strictObject({ repository: text, tags: strings, created }),
    z.strictObject({
      place: addNote(text, "an archive or layout"),
      tags: strings,
      created,
      unnamed: addNote(strings, "the words that mean the images without a name"),
    }),
  ]),
  "units check": z.array(z.strictObject({
    unit: text,
    path: text,
    lines: z.array(z.strictObject({
      path: text,
      line: count,
      section: text,
      name: text,
      value: z.optional(addNote(text, "unless it may be a secret")),
      fate: z.enum(["kept", "changed", "not had"]),
      note: z.optional(text),
    })),
    strayLines: z.array(z.strictObject({ path: text, line: count })),
    problems: addNote(strings, "why it cannot be a service"),
  })),
};

/** Verbs that print a document of another format as it is, or the content of a file. */
export const DOCUMENTS: Readonly<Record<string, string>> = {
  cat: "a file's content, which is not JSON: `--json` is refused",
  "lock manifest": "the manifest, byte for byte",
  "lock schema": "the lockfile's JSON Schema",
};
