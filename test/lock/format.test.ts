import { describe, expect, it } from "vitest";
import { parseJson } from "../../src/image/json.ts";
import { createLockJsonSchema, encodeLock, type Lock, parseLock } from "../../src/lock/mod.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const NAME = "docker.io/library/alpine:3.20";
const descriptor = (mediaType = "application/x") => ({ mediaType, digest: DIGEST, size: 7 });
const platform = () => ({ manifest: descriptor(), config: descriptor(), layers: [descriptor()] });

/** A lock, so loosely typed that tests can spoil it. */
// deno-lint-ignore no-explicit-any
function sample(): any {
  return {
    version: 1,
    images: {
      [NAME]: {
        tag: "3.20",
        repository: "docker.io/library/alpine",
        platforms: { "linux/arm64": platform(), "linux/amd64": platform() },
        index: descriptor(),
      },
    },
  };
}

const parse = (value: unknown): Lock =>
  parseLock(Buffer.from(typeof value === "string" ? value : JSON.stringify(value)), "x.json");

describe("encodeLock", () => {
  it("sorts keys, has a value a line, and ends in a newline", () => {
    const text = encodeLock(parse(sample()));
    expect(text).toMatch(/^\{\n {2}"images": \{\n/);
    expect(text).toMatch(/\n {2}"version": 1\n\}\n$/);
    expect(text.split("\n").filter((line) => line.split('": ').length > 2)).toEqual([]);
    expect(text.indexOf("linux/amd64")).toBeLessThan(text.indexOf("linux/arm64"));
    expect(text.indexOf('"digest"')).toBeLessThan(text.indexOf('"mediaType"'));
  });

  it("is the same file for the same lock, and keeps $schema", () => {
    const text = encodeLock(parse({ $schema: "./mine.json", ...sample() }));
    expect(text).toContain('"$schema": "./mine.json"');
    expect(encodeLock(parse(text))).toBe(text);
  });
});

const at = `images["${NAME}"]`;
const WRONG: [what: string, spoil: (lock: ReturnType<typeof sample>) => void, message: string][] = [
  ["no images", (lock) => delete lock.images, "x.json is malformed: images: "],
  ["no version", (lock) => delete lock.version, "x.json is malformed: version: "],
  [
    "an unknown field",
    (lock) => lock.imagse = {},
    'x.json is malformed: Unrecognized key: "imagse"',
  ],
  [
    "a digest that is none",
    (lock) => lock.images[NAME].platforms["linux/amd64"].layers[0].digest = "sha256:ABC",
    `x.json is malformed: ${at}.platforms["linux/amd64"].layers[0].digest: must be sha256: and 64 ` +
    "lower-case hex digits, or sha512: and 128",
  ],
  [
    "a negative size",
    (lock) => lock.images[NAME].index.size = -1,
    `x.json is malformed: ${at}.index.size: must be 0 or more`,
  ],
  [
    "half a byte",
    (lock) => lock.images[NAME].index.size = 1.5,
    `x.json is malformed: ${at}.index.size: must be a whole number of bytes`,
  ],
  [
    "no config",
    (lock) => delete lock.images[NAME].platforms["linux/arm64"].config,
    `x.json is malformed: ${at}.platforms["linux/arm64"].config: `,
  ],
  [
    "no platforms",
    (lock) => lock.images[NAME].platforms = {},
    `x.json is malformed: ${at}.platforms: must have a platform`,
  ],
  [
    "a short repository",
    (lock) => lock.images[NAME].repository = "alpine",
    `x.json is malformed: ${at}.repository: must be host/path: docker.io/library/alpine`,
  ],
  [
    "a hostile repository",
    (lock) => lock.images[NAME].repository = "h/../x",
    `x.json is malformed: ${at}.repository: must be host/path`,
  ],
  [
    "another tag than its name",
    (lock) => lock.images[NAME].tag = "3.21",
    `x.json is malformed: ${at}: its name must be docker.io/library/alpine:3.21`,
  ],
  [
    "a tag that is none",
    (lock) => lock.images[NAME].tag = "a/b",
    `x.json is malformed: ${at}.tag: must be a tag`,
  ],
  [
    "a platform by another name",
    (lock) => lock.images[NAME].platforms = { "linux/x86_64": platform() },
    `x.json is malformed: ${at}.platforms["linux/x86_64"]: must be linux/amd64`,
  ],
  [
    "several platforms without an index",
    (lock) => delete lock.images[NAME].index,
    `x.json is malformed: ${at}: has several platforms, so that it must have an index`,
  ],
];

describe("parseLock", () => {
  it.each(WRONG)("names the path and what would be right: %s", (_, spoil, message) => {
    const lock = sample();
    spoil(lock);
    const failure = catchIn(() => parse(lock));
    expect(failure.code).toBe("MALFORMED");
    expect(failure.message.startsWith(message)).toBe(true);
  });

  it("says that a newer version wrote it, whatever else is in it", () => {
    const failure = catchIn(() => parse({ version: 2, pictures: [] }));
    expect(failure).toMatchObject({
      code: "UNSUPPORTED",
      message: "x.json is of version 2, and this nixoci reads version 1",
      hint: "a newer nixoci wrote it; update nixoci",
    });
  });

  it("says so where git could not merge", () => {
    const text = encodeLock(parse(sample()));
    const conflict = text.replace(
      /( +"size": 7\n)/,
      "<<<<<<< ours\n$1=======\n$1>>>>>>> theirs\n",
    );
    expect(catchIn(() => parse(conflict)).message).toBe("x.json has a merge conflict in line 7");
  });

  it.each([
    ["a cut file", '{"version": 1,', "x.json is not valid JSON"],
    ["a list", "[]", "x.json is malformed: "],
    ["an image twice", `{"images": {"a:1": {}, "a:1": {}}, "version": 1}`, "there twice"],
    ["another encoding", Buffer.from('{"é": 1}', "latin1"), "x.json is not UTF-8"],
  ])("refuses %s", (_, text, message) => {
    const failure = catchIn(() => parseLock(Buffer.from(text), "x.json"));
    expect(failure.code).toBe("MALFORMED");
    expect(failure.message).toContain(message);
  });

  it("refuses media types that are none, and takes those that images have", () => {
    const lock = sample();
    const { index } = lock.images[NAME];
    index.mediaType = "a/b; charset=x y/z";
    expect(parse(lock).images[NAME]?.index?.mediaType).toBe(index.mediaType);
    index.mediaType = "a/b\u001b[31m";
    expect(catchIn(() => parse(lock)).message).toContain("index.mediaType: must be a media type");
  });

  it("is not overwhelmed by a file that is wrong all over", () => {
    const images = Object.fromEntries(Array.from({ length: 300_000 }, (_, i) => [`a${i}`, 0]));
    expect(catchIn(() => parse({ version: 1, images }))).toMatchObject({
      code: "MALFORMED",
      message: expect.stringMatching(/^x\.json is malformed/),
    });
  });

  it("tells tags apart that differ in case only", () => {
    const lock = sample();
    lock.images["docker.io/library/alpine:V1"] = { ...lock.images[NAME], tag: "V1" };
    lock.images["docker.io/library/alpine:v1"] = { ...lock.images[NAME], tag: "v1" };
    expect(Object.keys(parse(lock).images)).toHaveLength(3);
    // But not where OCI's documents are concerned.
    expect(() => parseJson(Buffer.from('{"images": {"a": 1, "A": 1}}'), "it")).toThrow("twice");
  });
});

it("the JSON Schema says what is required and what is not allowed", () => {
  const schema = createLockJsonSchema() as {
    required: string[];
    additionalProperties: boolean;
  };
  expect(schema.required.sort()).toEqual(["images", "version"]);
  expect(schema.additionalProperties).toBe(false);
});

function catchIn(work: () => unknown): { code: string; message: string; hint?: string } {
  try {
    work();
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error("it did not fail");
}
