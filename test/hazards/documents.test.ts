/**
 * Documents that two readers take for two things, or that say what cannot be: refused in our words.
 * Beside them stand twins that are odd and right.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { NixociError } from "../../src/base/errors.ts";
import { type Content, contentOf, readContent } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { readRoot } from "../../src/image/documents/load.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import type { Image } from "../../src/image/root.ts";
import { readPlan } from "../../src/plan/read.ts";
import { openSource } from "../../transports/mod.ts";
import { archiveOf } from "../support/archives.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image } from "../support/images.ts";
import { selectCases } from "./support/cases.ts";

const OCI = MEDIA_TYPES.oci;
const HEX = "0123456789abcdef".repeat(4);

/** A kind of document: a good one, and what reads it to the end. */
interface Kind {
  write(of: Image): Promise<string>;
  read(bytes: Buffer, of: Image): Promise<unknown>;
  /** A field that every such document has. */
  readonly field: string;
}

const textOf = async (content: Content) => (await readContent(content, 1 << 20)).toString();

function readDocument(bytes: Buffer, type: string, { manifest, config, layers }: Image) {
  const all = [manifest, config, ...layers];
  return readRoot(contentOf(type, bytes), (descriptor: Descriptor) => {
    const found = all.find((one) => one.descriptor.digest === descriptor.digest);
    return found ?? contentOf(descriptor.mediaType, Buffer.from("x"));
  });
}

async function readLayout(index: Buffer, of: Image): Promise<unknown> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "blobs/sha256"), { recursive: true });
  await writeFile(join(folder, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(folder, "index.json"), index);
  for (const one of [of.manifest, of.config, ...of.layers]) {
    const name = one.descriptor.digest.slice("sha256:".length);
    await writeFile(join(folder, "blobs/sha256", name), await readContent(one, 1 << 20));
  }
  return await resolve(`oci-dir:${folder}`);
}

async function readArchive(manifest: Buffer, of: Image): Promise<unknown> {
  const file = join(await temporaryFolder(), "image.tar");
  const members = {
    "manifest.json": manifest,
    "config.json": await readContent(of.config, 1 << 20),
    "layer.tar": await readContent(of.layers[0]!, 1 << 20),
  };
  await writeFile(file, await archiveOf(members));
  return await resolve(`docker-archive:${file}`);
}

async function resolve(place: string): Promise<unknown> {
  await using source = await openSource(place);
  return await source.resolve();
}

const KINDS: Readonly<Record<string, Kind>> = {
  "a manifest": {
    write: ({ manifest }) => textOf(manifest),
    read: (bytes, of) => readDocument(bytes, OCI.manifest, of),
    field: "layers",
  },
  "an index": {
    write: ({ manifest: { descriptor } }) =>
      Promise.resolve(
        JSON.stringify({ schemaVersion: 2, mediaType: OCI.index, manifests: [descriptor] }),
      ),
    read: (bytes, of) => readDocument(bytes, OCI.index, of),
    field: "manifests",
  },
  "a config": {
    write: ({ config }) => textOf(config),
    async read(bytes, of) {
      const config = contentOf(OCI.config, bytes);
      const manifest = JSON.parse(await textOf(of.manifest));
      const json = JSON.stringify({ ...manifest, config: config.descriptor });
      return await readDocument(Buffer.from(json), OCI.manifest, { ...of, config });
    },
    field: "rootfs",
  },
  "an index.json": {
    write: ({ manifest: { descriptor } }) =>
      Promise.resolve(JSON.stringify({ schemaVersion: 2, manifests: [descriptor] })),
    read: readLayout,
    field: "manifests",
  },
  "a manifest.json of docker save": {
    write: () =>
      Promise.resolve(
        JSON.stringify([{ Config: "config.json", RepoTags: ["a:b"], Layers: ["layer.tar"] }]),
      ),
    read: readArchive,
    field: "Layers",
  },
  "a plan": {
    write: () =>
      Promise.resolve(
        JSON.stringify({ version: 1, arch: "amd64", "image-config": {}, layers: [] }),
      ),
    read: (bytes) => readPlan(bytes, "a plan"),
    field: "layers",
  },
};

type Change = (text: string, field: string) => string | Buffer;

/** Puts a field, or anything, first in a document. */
const withFirst = (more: string): Change => (text) => text.replace("{", `{${more},`);

/** What is wrong with any of them. */
const WRONG: Readonly<Record<string, Change>> = {
  "nothing in it": () => "",
  "spaces alone": () => " \n",
  "null": () => "null",
  "a number": () => "7",
  "a text": (text) => JSON.stringify(text),
  "a list of lists": (text) => `[[${text}]]`,
  "its end missing": (text) => text.slice(0, -1),
  "its half missing": (text) => text.slice(0, text.length / 2),
  "another one behind it": (text) => text + text,
  "a NUL behind it": (text) => `${text}\0`,
  "a byte order mark": (text) => `\ufeff${text}`,
  "UTF-16": (text) => Buffer.from(text, "utf16le"),
  "bytes that are no text": (text) =>
    Buffer.from(withFirst('"x":"\xff"')(text, "") as string, "latin1"),
  "a comment": (text) => `/* */${text}`,
  "a comma too many": (text) => text.replace(/\}(\]?)$/, ",}$1"),
  "single quotes": (text) => text.replaceAll('"', "'"),
  "a line break in a text": withFirst('"x":"\n"'),
  "a number that is none": withFirst('"x":NaN'),
  "a hexadecimal number": withFirst('"x":0x1'),
  "__proto__": withFirst('"__proto__":{"layers":[]}'),
  "__proto__ in writing of its own": withFirst('"\\u005f_proto__":{}'),
  "a key twice": (text, field) => withFirst(`"${field}":null`)(text, field),
  "a key twice, once escaped": (text, field) =>
    withFirst(`"\\u00${field.charCodeAt(0).toString(16)}${field.slice(1)}":null`)(text, field),
  "a key twice, once in capitals": (text, field) =>
    withFirst(`"${field.toUpperCase()}":null`)(text, field),
  "a key twice that nobody knows": withFirst('"x":{"y":1,"y":2}'),
  "two keys that are one where halves of characters are none": withFirst(
    '"x":{"\\ud800":1,"\\udfff":2}',
  ),
  "lists in lists without end": withFirst(`"x":${"[".repeat(1e5)}${"]".repeat(1e5)}`),
  "objects in objects without end": withFirst(`"x":${'{"a":'.repeat(1e5)}0${"}".repeat(1e5)}`),
  "another type for what matters": (text, field) =>
    text.replace(new RegExp(`"${field}":(\\[[^]*\\]|\\{[^]*\\})`), `"${field}":7`),
  "more bytes than any reader takes": (text) => text + " ".repeat(65 << 20),
};

/** Digests that are none, or that lead elsewhere. */
const DIGESTS = [
  "",
  "sha256:",
  `sha256:${HEX.slice(1)}`,
  `sha256:${HEX}0`,
  `sha256:${HEX.toUpperCase()}`,
  `SHA256:${HEX}`,
  `sha256-${HEX}`,
  `sha512:${HEX}`,
  ` sha256:${HEX}`,
  `sha256:${HEX}\n`,
  "sha256:../../../../etc/passwd",
  `sha256:${HEX}/../${HEX}`,
  `sha256:${"g".repeat(64)}`,
  7,
  null,
  [`sha256:${HEX}`],
];

/** Sizes that are none. */
const SIZES = [-1, 1.5, 2 ** 53, 2 ** 63, 1e300, "7", "", null, true, [7], {}];

const TYPES = ["", "text", "text/", "/plain", "text/plain\n", "text/pl ain", 7, null, "a/b\u0000"];

/** Values of a descriptor's fields that no descriptor may have. */
const FIELDS = [
  ...DIGESTS.map((value) => ["digest", value] as const),
  ...SIZES.map((value) => ["size", value] as const),
  ...TYPES.map((value) => ["mediaType", value] as const),
];

/** Where a document has descriptors. */
const PLACES = [["a manifest", "config"], ["a manifest", "layers"], ["an index", "manifests"]];

const cross = <A, B>(first: readonly A[], second: readonly B[]) =>
  first.flatMap((a) => second.map((b) => [a, b] as const));

/** It is refused, or nobody takes it for an image: a config that is no JSON is an artifact's. */
async function expectRefusal(reading: Promise<unknown>): Promise<void> {
  const seen = await reading.catch((error) => error) as { kind?: string; code?: string };
  if (seen.kind === "artifact") return;
  expect(seen).toBeInstanceOf(NixociError);
  expect(seen.code).not.toBe("IO");
}

describe("hostile: a document with", () => {
  it.each(selectCases(cross(Object.keys(WRONG), Object.keys(KINDS))))(
    "%s: %s",
    async (wrong, kind) => {
      const { write, read, field } = KINDS[kind]!;
      const of = await image();
      const good = await write(of);
      const bad = WRONG[wrong]!(good, field);
      expect(bad).not.toEqual(good);
      await expectRefusal(read(Buffer.from(bad as string), of));
    },
  );

  it.each(selectCases(cross(FIELDS, PLACES)))("%j in %j", async ([field, value], [kind, list]) => {
    const { write, read } = KINDS[kind!]!;
    const of = await image();
    const json = JSON.parse(await write(of));
    const descriptor = Array.isArray(json[list!]) ? json[list!][0] : json[list!];
    descriptor[field] = value;
    await expectRefusal(read(Buffer.from(JSON.stringify(json)), of));
  });
});

/** What is odd, and right. */
const ODD: Readonly<Record<string, Change>> = {
  "nothing odd": (text) => text,
  "spaces around and between": (text) => ` ${JSON.stringify(JSON.parse(text), null, 3)}\n\n`,
  "tabs and line ends of Windows": (text) =>
    JSON.stringify(JSON.parse(text), null, "\t").replaceAll("\n", "\r\n"),
  "keys that nobody knows": withFirst('"x":{"y":[1,null,"z"]},"constructor":1,"toString":2'),
  "an empty key": withFirst('"":0'),
  "keys that look alike": withFirst('"а":1,"a":2,"x":[{"a":1},{"a":2}]'),
  "all of Unicode": withFirst('"x":"\\u0000 é \u{1f600} \\ud83d\\ude00 \u202e"'),
  "large numbers": withFirst('"x":123456789012345678901234567890,"y":1e400,"z":-0.0'),
  "texts that look like its own end": withFirst('"x":"}]\\"}","y":"\\\\"'),
  "sixty lists in lists": withFirst(`"x":${"[".repeat(60)}${"]".repeat(60)}`),
  "a megabyte": withFirst(`"x":"${"x".repeat(1 << 20)}"`),
};

describe("harmless: a document with", () => {
  it.each(selectCases(cross(Object.keys(ODD), Object.keys(KINDS))))("%s: %s", async (odd, kind) => {
    const { write, read, field } = KINDS[kind]!;
    const of = await image();
    const text = ODD[odd]!(await write(of), field);
    expect(await read(Buffer.from(text as string), of)).toBeDefined();
  });
});
