/** Shapes of verbs that look at images and registries. */
import * as z from "zod/mini";
import type { AnyShape } from "./type-text.ts";
import {
  addNote,
  annotations,
  blobKind,
  count,
  descriptor,
  digest,
  platform,
  strings,
  text,
} from "./values.ts";

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

const signature = z.strictObject({
  digest: addNote(digest, "the manifest that it is in"),
  format: z.enum(["simple", "bundle", "notation"]),
  signer: addNote(text, "the file of the key or certificate, or the identity"),
  issuer: z.optional(text),
  repository: z.optional(addNote(text, "what the signer called the image")),
  annotations: z.optional(z.record(text, z.unknown())),
});

const memberDifference = z.strictObject({
  path: text,
  change: z.enum(["added", "removed", "changed"]),
  aspects: z.optional(addNote(strings, "such as content, mode, owner, time")),
});

const layerProof = z.strictObject({
  number: addNote(count, "1 is the lowest"),
  digest: z.optional(addNote(digest, "as it is stored")),
  diffId: z.optional(digest),
  made: z.optional(addNote(digest, "the diffID of what is made here")),
  outcome: z.enum(["same", "compressed", "different", "missing", "surplus"]),
  difference: z.optional(z.strictObject({
    offset: addNote(count, "of the first byte that differs in the tar"),
    path: z.optional(addNote(text, "the member that it is in")),
    part: z.optional(z.enum(["header", "content"])),
    at: z.optional(addNote(count, "which byte of that part")),
    content: z.optional(
      addNote(z.strictObject({ path: text, at: count }), "the first file of other content"),
    ),
    count: addNote(count, "of members that differ"),
    members: addNote(z.array(memberDifference), "the first of them"),
    smells: addNote(strings, "such as time, owner, mode, order, content, files, format"),
  })),
});

const created = z.optional(
  addNote(z.record(text, text), "with --created: when the image of a tag was made, ISO 8601"),
);

/** The shapes of results of verbs that look at images and registries. */
export const IMAGE_RESULTS: Readonly<Record<string, AnyShape>> = {
  "blob get": z.strictObject({ digest, size: count }),
  "blob head": z.strictObject({ digest, size: count }),
  "blob put": z.strictObject({
    digest,
    size: count,
    moved: addNote(z.boolean(), "it was not there before"),
  }),
  delete: z.strictObject({
    descriptor,
    names: addNote(strings, "names that have gone, or would go"),
    manifest: addNote(z.boolean(), "the image itself, and not only a name of it"),
  }),
  digest: z.strictObject({ digest, mediaType: text, size: count }),
  gc: z.strictObject({
    names: addNote(strings, "names that have gone, or would go"),
    blobs: z.array(z.strictObject({ digest, size: count })),
    bytes: count,
    young: addNote(count, "blobs that nothing names, too young to go"),
  }),
  inspect: summary,
  layers: addNote(z.array(z.strictObject({ digest, size: count })), "with --output"),
  "manifest get": addNote(
    z.strictObject({ digest, mediaType: text, size: count }),
    "with --output",
  ),
  "manifest head": z.strictObject({ digest, mediaType: text, size: count }),
  prove: z.strictObject({
    outcome: addNote(
      z.enum(["same", "compressed", "different"]),
      "compressed: config and files are the same",
    ),
    digest: addNote(digest, "the image's"),
    made: addNote(digest, "of the manifest that is made here"),
    layers: z.array(layerProof),
    config: addNote(strings, "fields that differ"),
    manifest: addNote(strings, "fields that differ"),
  }),
  sign: z.strictObject({
    signed: z.array(z.strictObject({
      subject: digest,
      descriptor: z.optional(
        addNote(descriptor, "the signature's manifest, unless it was signed before"),
      ),
      references: addNote(strings, "the tag of the signature, if it has one"),
    })),
  }),
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
    signatures: z.optional(addNote(
      z.array(z.strictObject({ subject: digest, signatures: z.array(signature) })),
      "with --key, --identity or --certificate",
    )),
  }),
  tags: z.union([
    z.strictObject({ repository: text, tags: strings, created }),
    z.strictObject({
      place: addNote(text, "an archive or layout"),
      tags: strings,
      created,
      unnamed: addNote(strings, "the words that mean the images without a name"),
    }),
  ]),
};
