/**
 * Bytes that nobody meant, made from good ones by a seed: whatever reads them says what is wrong in our
 * words, or reads them. `HAZARDS_FUZZ=1000000` tries so many of each kind, `HAZARDS_SEED=7` others.
 */
import { describe, expect, it } from "vitest";
import { NixociError } from "../../src/base/errors.ts";
import { compressStream, decompressStream } from "../../src/bytes/compression.ts";
import { collectStream, streamBytes } from "../../src/bytes/stream.ts";
import { parseConfig, parseIndex, parseManifest } from "../../src/image/documents/documents.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import { parsePlatform } from "../../src/image/platform.ts";
import { parseReference } from "../../src/image/reference.ts";
import { readContent } from "../../src/image/content.ts";
import { readLayers, readPlan } from "../../src/plan/read.ts";
import { parseRange } from "../../src/serve/range.ts";
import { readTar } from "../../src/tar/read.ts";
import { parseChallenges } from "../../transports/registry/auth/challenge.ts";
import { parseNetrc } from "../../transports/registry/auth/netrc.ts";
import { parseRetryAfter } from "../../transports/registry/http/retry.ts";
import { parsePlace } from "../../transports/reference.ts";
import { image, index, tarFile } from "../support/images.ts";
import { createMutator, fixChecksums } from "../support/mutate.ts";
import { noteCases } from "./support/cases.ts";

const ROUNDS = Number(process.env["HAZARDS_FUZZ"] ?? 1000);
const SEED = Number(process.env["HAZARDS_SEED"] ?? 1);
/** Rounds that wait together for the codecs' threads. */
const AT_ONCE = 8;
/** In milliseconds. */
const DAY = 24 * 3600_000;

/** A kind of input: good ones to begin with, and what reads them. */
interface Kind {
  readonly name: string;
  readonly seeds: () => Promise<readonly Uint8Array[]> | readonly Uint8Array[];
  /** Makes more of what is mutated pass the first check. */
  readonly mend?: (bytes: Buffer) => void;
  readonly read: (bytes: Buffer) => unknown;
}

const texts = (...all: readonly string[]) => () => all.map((text) => Buffer.from(text));

const packed = async (kind: "gzip" | "zstd") => {
  const plain = Buffer.from("some words, some more words. ".repeat(40));
  return [await collectStream(compressStream(streamBytes(plain), { kind }), 1 << 20, kind)];
};

async function documents(): Promise<readonly Buffer[]> {
  const one = await image({ annotations: { a: "b" } });
  const both = [one.manifest, one.config, index([one]).manifest];
  return await Promise.all(both.map((each) => readContent(each, 1 << 20)));
}

async function readAllMembers(bytes: Buffer): Promise<void> {
  for await (const { data } of readTar(streamBytes(bytes))) for await (const _ of data);
}

/** Reads the bytes in each way; one that throws something else than our errors fails. */
function eachWay(...ways: readonly ((bytes: Buffer) => unknown)[]): Kind["read"] {
  return async (bytes) => {
    for (const way of ways) await expectOurs(() => way(bytes));
  };
}

const PLAN = JSON.stringify({
  version: 1,
  "image-config": { Env: ["A=b"], Cmd: ["/x"] },
  layers: [{ digest: `sha256:${"0".repeat(64)}`, diff_ids: `sha256:${"0".repeat(64)}`, size: 3 }],
  arch: "amd64",
});

const KINDS: readonly Kind[] = [
  {
    name: "tars",
    seeds: async () => [
      await tarFile({ "a/b": "c", [`${"long/".repeat(60)}x`]: "d".repeat(700), "ü": "e" }),
    ],
    mend: fixChecksums,
    read: readAllMembers,
  },
  ...(["gzip", "zstd"] as const).map((kind): Kind => ({
    name: kind,
    seeds: () => packed(kind),
    read: (bytes) => collectStream(decompressStream(streamBytes(bytes), kind), 1 << 24, kind),
  })),
  {
    name: "documents",
    seeds: documents,
    read: eachWay(
      (bytes) => parseManifest(bytes, MEDIA_TYPES.oci.manifest),
      (bytes) => parseIndex(bytes, MEDIA_TYPES.oci.index),
      (bytes) => parseConfig(bytes, "a config"),
    ),
  },
  {
    name: "plans",
    seeds: texts(PLAN),
    read: eachWay((bytes) => readPlan(bytes, "a plan"), (bytes) => readLayers(bytes, "layers")),
  },
  {
    name: "references",
    seeds: texts("localhost:5000/a/b:c", "registry:x.io/y@sha256:" + "0".repeat(64), "oci-dir:p:v"),
    read: eachWay(
      (bytes) => parseReference(bytes.toString()),
      (bytes) => parsePlace(bytes.toString()),
      (bytes) => parsePlatform(bytes.toString()),
    ),
  },
  {
    name: "headers",
    seeds: texts(
      'Bearer realm="https://a/b",service="c",scope="d"',
      "bytes=0-5",
      "Wed, 21 Oct 2015",
    ),
    read: eachWay(
      (bytes) => parseChallenges(bytes.toString("latin1")),
      (bytes) => parseRange(bytes.toString("latin1"), 100),
      (bytes) => parseRetryAfter(bytes.toString("latin1"), 0),
      (bytes) => parseNetrc(`machine a login b password ${bytes.toString()}`),
    ),
  },
];

describe("fuzzed", () => {
  it.for(KINDS)(
    "$name are read, or refused in our words",
    { timeout: DAY },
    async (kind, context) => {
      noteCases(context, ROUNDS);
      const { mend, read } = kind;
      const good = await kind.seeds();
      for (const bytes of good) await read(Buffer.from(bytes));
      const tryRound = async (round: number) => {
        const mutator = createMutator(SEED * 1_000_003 + round);
        const bytes = mutator.mutate(good);
        if (mend && mutator.toss()) mend(bytes);
        await expectOurs(() => read(bytes), `seed ${SEED}, round ${round}`);
      };
      for (let round = 0; round < ROUNDS; round += AT_ONCE) {
        const last = Math.min(round + AT_ONCE, ROUNDS);
        await Promise.all(Array.from({ length: last - round }, (_, i) => tryRound(round + i)));
      }
    },
  );
});

async function expectOurs(read: () => unknown, which = "the good ones"): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (error instanceof NixociError) return;
    expect.fail(`${which}: ${error instanceof Error ? error.stack : error}`);
  }
}
