/**
 * Tars of other people's test suites: `HAZARDS_TARS=folder npx vitest run test/hazards/foreign` reads
 * each file of a folder beside GNU tar and Python, and unpacks it. What it accepts it reads as they do,
 * and both forms of an export say the same; what it refuses it refuses in our words. The reasons are
 * printed, so that somebody can judge them.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { NixociError } from "../../src/base/errors.ts";
import { streamBytes } from "../../src/bytes/stream.ts";
import { flatten } from "../../src/flatten/flatten.ts";
import type { Image } from "../../src/image/root.ts";
import { encodeName } from "../../src/tar/name.ts";
import { readTar } from "../../src/tar/read.ts";
import { expandSparse } from "../../src/tar/sparse.ts";
import { unpack } from "../../src/unpack/mod.ts";
import { gnuList, type Listed, listed, pythonList } from "../tar/support/oracles.ts";
import { guarded } from "../unpack/outputs.ts";
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
  const byGnu = orNone(() => gnuList(bytes));
  if (byGnu?.some(({ size }) => size > LARGE)) return "too large to be tried here";
  const byPython = orNone(() => pythonList(bytes)[0]);
  const tell = (list?: readonly Listed[]) => list ? "read" : "refused";
  const others = `${tell(byGnu)} by GNU tar, ${tell(byPython)} by Python`;
  let ours: Hashed[];
  try {
    ours = await list(bytes);
  } catch (error) {
    return `${refusalOf(error)}; ${others}`;
  }
  const asGnu = isDeepStrictEqual(ours.map(({ sha256: _, ...rest }) => rest), byGnu);
  const tellContent = (all?: readonly Hashed[]) => all?.map(({ path, sha256 }) => [path, sha256]);
  const asPython = isDeepStrictEqual(tellContent(ours), tellContent(byPython));
  if (!asGnu && !asPython) expect([ours, others]).toEqual([byGnu ?? byPython, others]);
  const as = [...asGnu ? ["GNU tar"] : [], ...asPython ? ["Python"] : []].join(" and ");
  return `read as ${as} does; ${others}; ${await judgeForms(bytes)}`;
}

/** Lists what another tool reads; `undefined` where it lists what our lists have no word for. */
function orNone<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
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
  const read = await readForm(image).catch(refusalOf);
  let unpacked: unknown;
  await guarded(async (out) => {
    unpacked = await unpack(image, out).then(() => walk(Buffer.from(out)), refusalOf);
  });
  // an owner that no file system has is one in a tarball
  if (unpacked === `refused, UNSUPPORTED: no file can be owned by ${2 ** 32 - 1}`) return unpacked;
  expect(unpacked).toEqual(read);
  return typeof read === "string" ? `as a layer ${read}` : "unpacked";
}

/** What the tarball of an export shows: of each path its type and its target, or its content's hash. */
async function readForm(image: Image): Promise<Record<string, string>> {
  const shown: Record<string, string> = {};
  for await (const { entry, data } of readTar(flatten(image))) {
    const hash = createHash("sha256");
    for await (const chunk of expandSparse(entry, data)) hash.update(chunk);
    const path = encodeName(entry.path).toString("latin1").replace(/\/$/, "");
    const target = encodeName(entry.linkpath).toString("latin1");
    if (entry.type === "hardlink") shown[path] = shown[target]!;
    else if (entry.type === "symlink") shown[path] = `symlink ${target}`;
    else if (entry.type === "file") shown[path] = `file ${hash.digest("hex")}`;
    else if (!/^(char|block)$/.test(entry.type) && path !== ".") shown[path] = entry.type;
  }
  return shown;
}

/** The same of a folder. */
function walk(folder: Buffer, prefix = ""): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const entry of readdirSync(folder, { encoding: "buffer", withFileTypes: true })) {
    const at = Buffer.concat([folder, Buffer.from("/"), entry.name]);
    const path = prefix + entry.name.toString("latin1");
    if (entry.isDirectory()) Object.assign(shown, { [path]: "directory" }, walk(at, `${path}/`));
    else if (entry.isSymbolicLink()) {
      shown[path] = `symlink ${readlinkSync(at, { encoding: "buffer" }).toString("latin1")}`;
    } else if (entry.isFIFO()) shown[path] = "fifo";
    else shown[path] = `file ${createHash("sha256").update(readFileSync(at)).digest("hex")}`;
  }
  return shown;
}

function refusalOf(error: unknown): string {
  if (!(error instanceof NixociError) || error.code === "IO") throw error;
  return `refused, ${error.code}: ${error.message.replace(/^[^]*: /, "")}`;
}
