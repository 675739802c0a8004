/**
 * The shape of an `image.json`: nix2container's version 1, and under the key `nixoci` what it has no
 * place for. Go's reader passes over keys that it does not know, and so do we, but where one would
 * change a layer's bytes.
 * @see https://github.com/nlewo/nix2container/blob/master/types/types.go
 */
import * as z from "zod/mini";
import { type Digest, isDigest } from "../bytes/digest.ts";

const text = z.string();
const count = z.number("must be a number").check(
  z.refine((n) => Number.isSafeInteger(n) && n >= 0, "must be a whole number, 0 or more"),
);
const seconds = z.number("must be a number").check(
  z.refine((n) => Number.isSafeInteger(n), "must be whole seconds since 1970"),
);
const digest = z.custom<Digest>(
  isDigest,
  "must be sha256: and 64 lower-case hex digits, or sha512: and 128",
);
const path = text.check(z.refine((path) => path.startsWith("/"), "must be an absolute path"));

const perm = z.strictObject({
  regex: text,
  mode: z.optional(text),
  uid: z.optional(count),
  gid: z.optional(count),
  uname: z.optional(text),
  gname: z.optional(text),
});

const options = z.strictObject({
  rewrite: z.optional(z.strictObject({ regex: text, repl: z.optional(text) })),
  perms: z.nullish(z.array(perm)),
});

const history = z.looseObject({
  created: z.nullish(text),
  created_by: z.nullish(text),
  author: z.nullish(text),
  comment: z.nullish(text),
  empty_layer: z.nullish(z.boolean()),
});

const base64 = text.check(z.regex(/^[A-Za-z0-9+/]*={0,2}$/, "must be base64"));

// Which fields belong to which type is for the recipe to say.
const made = z.strictObject({
  type: z.enum(["file", "directory", "symlink", "hardlink"]),
  path,
  replaces: z.optional(z.boolean()),
  mode: z.optional(text.check(z.regex(/^[0-7]{1,4}$/, "must be octal digits such as 0644"))),
  uid: z.optional(count),
  gid: z.optional(count),
  uname: z.optional(text),
  gname: z.optional(text),
  mtime: z.optional(seconds),
  text: z.optional(text),
  base64: z.optional(base64),
  file: z.optional(path),
  target: z.optional(text),
  xattrs: z.optional(z.record(text, base64)),
});

const style = z.strictObject({
  style: z.optional(z.enum(["dockertools", "nix2container"])),
  packer: z.optional(z.enum(["gnu-tar"])),
  append: z.optional(z.enum(["paths", "store"])),
  mtime: z.optional(seconds),
  uid: z.optional(count),
  gid: z.optional(count),
  uname: z.optional(text),
  gname: z.optional(text),
  links: z.optional(z.record(path, path)),
  folderLinks: z.optional(z.enum(["follow", "keep"])),
  made: z.optional(z.array(made)),
});

const layer = z.looseObject({
  digest,
  size: count,
  diff_ids: digest,
  paths: z.nullish(z.array(z.strictObject({ path, options: z.nullish(options) }))),
  mediatype: text,
  "layer-path": z.optional(text),
  History: z.nullish(history),
  nixoci: z.optional(style),
});

const extension = z.looseObject({
  config: z.optional(z.looseObject({
    os: z.optional(text),
    variant: z.optional(text),
    "os.version": z.optional(text),
    "os.features": z.optional(z.array(text)),
    author: z.optional(text),
  })),
  history: z.optional(z.array(history)),
  annotations: z.optional(z.record(text, text)),
  base: z.optional(text),
  name: z.optional(text),
  narHashes: z.optional(z.record(text, digest)),
});

/** A description of layers alone, as nix2container's `layers-from-…` commands write it. */
export const layersSchema = z.array(layer, "must be a list of layers");

/** A whole `image.json`. */
export const planSchema = z.looseObject({
  version: z.literal(1, "must be 1: other versions are not known"),
  "image-config": z.nullish(z.looseObject({})),
  layers: z.nullable(layersSchema),
  arch: z.optional(text),
  created: z.nullish(text),
  nixoci: z.optional(extension),
});

export type LayerJson = z.infer<typeof layer>;
