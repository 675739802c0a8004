/**
 * Tars of other people's test suites: `HAZARDS_TARS=folder npx vitest run test/hazards/foreign` reads
 * each file of a folder beside GNU tar and Python, and unpacks it. What it accepts it reads as they do,
 * and both forms of an export say the same; what it refuses it refuses in our words. The reasons are
 * printed, so that somebody can judge them.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { NixociError } from "../../src/base/errors.ts";
import { streamBytes } from "../../src/bytes/stream.ts";
import { readTar } from "../../src/tar/read.ts";
import { expandSparse } from "../../src/tar/sparse.ts";
import { unpack } from "../../src/unpack/mod.ts";
import { gnuList, type Listed, listed, pythonList } from "../tar/support/oracles.ts";
import { dirShows, guarded, tarShows } from "../unpack/outputs.ts";
import { imageOfLayers } from "../unpack/support.ts";

const FOLDER = process.env["HAZARDS_TARS"];
const LARGE = 64 << 20;

interface Hashed extends Listed {
  readonly sha256: string;
}

const verdicts = new Map<string, string[]>();

describe.skipIf(FOLDER === undefined)("a tar of somebody else's", () => {
  afterAll(() => {
    for (const [verdict, files] of [...verdicts].sort()) {
      console.log(`${files.length} ${verdict}: ${files.slice(0, 8).join(" ")}`);
    }
  });

  it.each(FOLDER === undefined ? [] : readdirSync(FOLDER).sort())("%s", async (file) => {
    const bytes = readFileSync(join(FOLDER!, file));
    const verdict = await judge(bytes);
    verdicts.set(verdict, [...verdicts.get(verdict) ?? [], file]);
  });
});

async function judge(bytes: Buffer): Promise<string> {
  const byGnu = gnuList(bytes);
  if (byGnu?.some(({ size }) => size > LARGE)) return "too large to be tried here";
  const [byPython] = pythonList(bytes);
  const others = `${byGnu ? "read" : "refused"} by GNU tar, ${
    byPython ? "read" : "refused"
  } by Python`;
  let ours: Hashed[];
  try {
    ours = await list(bytes);
  } catch (error) {
    if (!(error instanceof NixociError)) throw error;
    return `refused: ${error.code} ${error.message.replace(/^.*?: /, "")}; ${others}`;
  }
  if (byGnu) expect(ours.map(({ sha256: _, ...rest }) => rest)).toEqual(byGnu);
  const tellContent = (all: readonly Hashed[]) => all.map(({ path, sha256 }) => [path, sha256]);
  const isSame = byPython !== undefined && byPython.length === ours.length &&
    ours.every(({ path }, i) => path === byPython[i]!.path);
  if (isSame) expect(tellContent(ours)).toEqual(tellContent(byPython));
  else if (byGnu === undefined) expect(byPython).toBeUndefined();
  return `read${isSame ? "" : ", not as Python does"}; ${others}; ${await judgeForms(bytes)}`;
}

/** The members with the hashes of their files. */
async function list(bytes: Buffer): Promise<Hashed[]> {
  const members: Hashed[] = [];
  for await (const { entry, data } of readTar(streamBytes(bytes))) {
    const hash = createHash("sha256");
    for await (const chunk of expandSparse(entry, data)) hash.update(chunk);
    members.push({ ...listed(entry), sha256: hash.digest("hex") });
  }
  return members;
}

async function judgeForms(bytes: Buffer): Promise<string> {
  const image = await imageOfLayers([bytes]);
  const read = await tarShows(image).catch(refusalOf);
  let unpacked: unknown;
  await guarded(async (out) => {
    unpacked = await unpack(image, out).then(() => dirShows(out), refusalOf);
  });
  expect(unpacked).toEqual(read);
  return typeof read === "string" ? `as a layer ${read}` : "unpacked";
}

function refusalOf(error: unknown): string {
  if (error instanceof NixociError && error.code !== "IO") return `refused: ${error.code}`;
  throw error;
}
