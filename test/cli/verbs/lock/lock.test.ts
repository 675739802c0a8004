/** `nixoci lock`, from the first image to the layout, against a registry in this process. */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copy } from "../../../../src/copy/copy.ts";
import type { Root } from "../../../../src/image/root.ts";
import { openSink } from "../../../../transports/mod.ts";
import { folderToDispose } from "../../../support/folder.ts";
import { artifact, sourceOf } from "../../../support/images.ts";
import { openRegistry, type RegistryServer } from "../../../support/registry-server.ts";
import { multi } from "../../../lock/support/repository.ts";
import { type Outcome, outcomes } from "../../run.ts";

let folder: string;
let dispose: () => Promise<void>;
let registry: RegistryServer;
let app: string;
let [before, after]: Awaited<ReturnType<typeof multi>>[] = [];
const seen = new Map<string, Outcome>();

const ACCESS = "-f DIR/lock.json --creds me:secret";

/** In this order, before the tag moves. */
const FIRST: Readonly<Record<string, string>> = {
  none: "lock list -f DIR/lock.json",
  denied: "lock add -f DIR/lock.json APP:v1",
  add: `lock add ${ACCESS} APP:v1`,
  "add again": `lock add ${ACCESS} docker://APP:v1`,
  "add json": `lock add --json ${ACCESS} APP:v2 --platform linux/arm/v7`,
  artifact: `lock add ${ACCESS} APP:sig`,
  lacking: `lock add ${ACCESS} APP:v1 --platform linux/s390x`,
  list: "lock list -f DIR/lock.json",
  "list json": "lock list --json -f DIR/lock.json APP:v2",
  check: `lock check ${ACCESS}`,
  blobs: "lock blobs --json -f DIR/lock.json",
  "blobs https": "lock blobs -f DIR/lock.json --no-plain-http APP:v2",
  fetch: `lock fetch --progress none ${ACCESS} oci-dir:DIR/out`,
  verify: "lock verify -f DIR/lock.json DIR/out",
  "verify json": "lock verify --json -f DIR/lock.json oci:DIR/out",
  manifest: `lock manifest ${ACCESS} APP:v1 --platform linux/arm64`,
  several: `lock manifest ${ACCESS} APP`,
  "wrong name": "lock verify -f DIR/lock.json DIR/out APP:v9",
  "no layout": `lock fetch ${ACCESS} oci-dir:DIR/out:name`,
  "no folder": `lock fetch ${ACCESS} docker-archive:DIR/out.tar`,
  "no folder's name": "lock fetch -f DIR/lock.json oci-dir:",
  "no file's name": "lock list --file=",
  "one password": `lock add ${ACCESS} APP:v1 other.invalid/app:v1`,
  schema: "lock schema",
};

/** After it. */
const THEN: Readonly<Record<string, string>> = {
  moved: `lock check ${ACCESS}`,
  "moved json": `lock check --json ${ACCESS}`,
  "dry run": `lock update --dry-run ${ACCESS}`,
  "still moved": `lock check -q ${ACCESS} APP:v1`,
  update: `lock update --json ${ACCESS}`,
  "update again": `lock update ${ACCESS}`,
  missing: "lock verify -f DIR/lock.json DIR/out",
  "fetch again": `lock fetch --json --progress none ${ACCESS} DIR/out APP:v1`,
  remove: "lock remove -f DIR/lock.json APP:v2",
  "removed twice": "lock remove -f DIR/lock.json APP:v2",
  "more platforms": `lock add ${ACCESS} APP:v1 --platform linux/arm/v7`,
  "more again": `lock add ${ACCESS} APP:v1 --platform linux/arm/v7`,
  import: `lock import -f DIR/other.json --creds me:secret DIR/manifest.json APP:v3`,
};

/** After v1 is for one platform only. */
const LAST: Readonly<Record<string, string>> = {
  stuck: `lock check ${ACCESS}`,
  "stuck json": `lock check --json ${ACCESS}`,
  "stuck update": `lock update ${ACCESS}`,
};

async function push(name: string, root: Root): Promise<void> {
  const to = await openSink(`registry:${app}:${name}`, { registry: { creds: "me:secret" } });
  await copy(sourceOf({ only: root }), to);
  await to[Symbol.asyncDispose]();
}

async function run(lines: Readonly<Record<string, string>>): Promise<void> {
  const words = Object.values(lines).map((line) =>
    line.replaceAll("DIR", folder).replaceAll("APP", app).split(" ")
  );
  const all = await outcomes(words);
  Object.keys(lines).forEach((name, i) => seen.set(name, all[i]!));
}

beforeAll(async () => {
  ({ path: folder, dispose } = await folderToDispose());
  registry = await openRegistry({ basic: { me: "secret" } });
  app = `${registry.host}/team/app`;
  before = await multi();
  after = await multi(undefined, "after");
  await push("v1", before.root);
  await push("v2", before.root);
  await push("sig", artifact());
  await run(FIRST);
  await writeFile(join(folder, "manifest.json"), outcome("manifest").stdout + "\n");
  await push("v1", after.root);
  await run(THEN);
  await push("v1", after.images[0]!);
  await run(LAST);
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await dispose();
});

const outcome = (name: string) => seen.get(name)!;
const json = (name: string) => JSON.parse(outcome(name).stdout);

describe("nixoci lock add", () => {
  it("pins, with the credentials given, and says what", () => {
    expect(outcome("denied").status).toBe(1);
    expect(outcome("denied").stderr).toMatch(/^nixoci: Cannot .*\n$/);
    const what = `${app}:v1 at ${before!.digest} (linux/amd64, linux/arm64)`;
    expect(outcome("add")).toEqual({ status: 0, stdout: `Locked ${what}\n`, stderr: "" });
    expect(outcome("add again").stdout).toBe(`${what} is locked already\n`);
    expect(json("add json")).toMatchObject({
      file: join(folder, "lock.json"),
      images: [{ name: `${app}:v2`, isNew: true, tag: "v2", index: { digest: before!.digest } }],
    });
  });

  it("says in a line what cannot be locked", () => {
    expect(outcome("artifact")).toEqual({
      status: 1,
      stdout: "",
      stderr: `nixoci: Cannot lock ${app}:sig: it is an artifact, not an image; ` +
        "only images have platforms and layers to lock; copy it with nixoci copy\n",
    });
    expect(outcome("lacking").stderr).toMatch(
      /^nixoci: .* has no image for linux\/s390x; it has linux\/amd64, linux\/arm64, linux\/arm\/v7; .*\n$/,
    );
  });
});

it("lists what is locked", () => {
  expect(outcome("none")).toMatchObject({ status: 1, stdout: "" });
  expect(outcome("none").stderr).toContain("make one with nixoci lock add NAME");
  expect(outcome("list").stdout).toMatch(
    new RegExp(`^${app}:v1  ${before!.digest}  linux/amd64 \\(.*\\), linux/arm64 \\(.*\\)\n`),
  );
  expect(json("list json")).toMatchObject([{ name: `${app}:v2`, digest: before!.digest }]);
});

it("checks: status 0 and nothing, or status 1 and what has moved", () => {
  expect(outcome("check")).toEqual({
    status: 0,
    stdout: "",
    stderr: "nixoci: nothing has moved of 2 locked images\n",
  });
  const move = `${app}:v1  ${before!.digest} -> ${after!.digest}\n`;
  expect(outcome("moved")).toEqual({
    status: 1,
    stdout: move,
    stderr: "nixoci: 1 of 2 locked images has moved on; run nixoci lock update\n",
  });
  expect(json("moved json")).toMatchObject({
    moved: [{ name: `${app}:v1`, from: before!.digest, to: after!.digest }],
    same: [`${app}:v2`],
  });
  expect(outcome("still moved").status).toBe(1); // a dry run writes nothing
});

it("gives no advice to update where that cannot be", () => {
  const { status, stdout, stderr } = outcome("stuck");
  expect([status, outcome("stuck update").status]).toEqual([1, 1]);
  expect(stdout).toMatch(
    /\(sha256:\w+ is an image for linux\/amd64 alone, not for linux\/arm\/v7\)\n$/,
  );
  expect(stderr).toBe(
    `nixoci: 1 of 1 locked image has moved on; nixoci lock remove -f ${folder}/lock.json ${app}:v1 ` +
      "and add what there is now\n",
  );
  expect(json("stuck json").moved[0].problem).toContain("not for linux/arm/v7");
});

it("says which platforms a locked image has got", () => {
  const what = `${app}:v1 at ${after!.digest} (`;
  expect(outcome("more platforms").stdout.startsWith(`Added linux/arm/v7 to ${what}`)).toBe(true);
  expect(outcome("more again").stdout.startsWith(what)).toBe(true);
  expect(outcome("more again").stdout.endsWith(") is locked already\n")).toBe(true);
});

it("updates, and says from where to where", () => {
  const [from, to] = [before!, after!].map(({ images: [amd64] }) =>
    amd64!.manifest.descriptor.digest
  );
  expect(outcome("dry run").stdout).toContain(`${app}:v1  ${before!.digest} -> ${after!.digest}\n`);
  expect(outcome("dry run").stdout).toContain(`  linux/amd64  ${from} -> ${to}\n`);
  expect(json("update")).toMatchObject({
    dryRun: false,
    moved: [{
      name: `${app}:v1`,
      from: before!.digest,
      to: after!.digest,
      platforms: { "linux/amd64": { from, to } },
    }],
    same: [`${app}:v2`],
  });
  expect(outcome("update again")).toMatchObject({ status: 0, stdout: "" });
});

it("fetches, and verifies what is there", () => {
  expect(outcome("fetch").stdout).toMatch(
    new RegExp(`^sha256:\\w+ ${app}:v1\nsha256:\\w+ ${app}:v2\n$`),
  );
  expect(outcome("verify")).toEqual({
    status: 0,
    stdout: "",
    stderr: "nixoci: all that the lock names is there\n",
  });
  expect(json("verify json")).toEqual({ ok: true, problems: [] });
  const { status, stdout, stderr } = outcome("missing");
  expect([status, stdout.split(/\s+/)[0]]).toEqual([1, "missing"]);
  expect(stderr).toMatch(/is not what the lock says: \d+ problems; run nixoci lock fetch\n$/);
  expect(json("fetch again").images).toMatchObject([{ references: [`${app}:v1`] }]);
});

it("lists blobs, whose URLs give what the hash says", async () => {
  const blobs: Record<string, string>[] = json("blobs");
  expect(new Set(blobs.map(({ digest }) => digest)).size).toBe(blobs.length);
  for (const { url, hash, mediaType, scope } of blobs) {
    const authorization = `Basic ${btoa("me:secret")}`;
    const reply = await fetch(url!, { headers: { accept: mediaType!, authorization } });
    const bytes = Buffer.from(await reply.arrayBuffer());
    expect(`sha256-${createHash("sha256").update(bytes).digest("base64")}`).toBe(hash);
    expect(scope).toBe("repository:team/app:pull");
  }
  expect(outcome("blobs https").stdout).toContain(
    ` https://${app.replace("/", "/v2/")}/manifests/`,
  );
});

it("writes and reads nix2container's manifest", () => {
  const { digest } = before!.images[1]!.manifest.descriptor;
  const { stdout } = outcome("manifest");
  expect(`sha256:${createHash("sha256").update(stdout).digest("hex")}`).toBe(digest);
  expect(outcome("import")).toEqual({
    status: 0,
    stdout: `Locked ${app}:v3 at ${digest} (linux/arm64)\n`,
    stderr: "",
  });
  expect(outcome("several")).toMatchObject({ status: 2, stdout: "" });
  expect(outcome("several").stderr).toContain(`it is one of ${app}:v1, ${app}:v2`);
});

it("removes", () => {
  expect(outcome("remove").stdout).toBe(`Removed ${app}:v2\n`);
  expect(outcome("removed twice")).toMatchObject({ status: 1, stdout: "" });
});

it("refuses words that name nothing", () => {
  expect(outcome("wrong name").stderr).toMatch(
    new RegExp(`${app}:v9 is not locked; did you mean ${app}:v1, ${app}:v2\\?\n$`),
  );
  expect(outcome("no layout")).toMatchObject({ status: 2, stdout: "" });
  expect(outcome("no layout").stderr).toContain("the lock says what images are called there");
  expect(outcome("no folder").stderr).toContain("it has to be a folder, as an OCI layout");
  expect(outcome("no folder's name").stderr).toContain("it names no folder");
  expect(outcome("no file's name")).toMatchObject({
    status: 2,
    stderr: "nixoci: --file: its value is empty; give it a file, or leave it out\n",
  });
});

it("gives a password to one registry only", () => {
  expect(outcome("one password")).toMatchObject({ status: 2, stdout: "" });
  expect(outcome("one password").stderr).toMatch(/--creds is for one registry, not for .*, other/);
});

it("prints the schema that docs/ has", async () => {
  const page = new URL("../../../../docs/nixoci.lock.schema.json", import.meta.url);
  expect(outcome("schema").stdout).toBe(await readFile(page, "utf8"));
});

it("names no secret, and keeps none", async () => {
  for (const { stdout, stderr } of seen.values()) expect(stdout + stderr).not.toContain("secret");
  expect(await readFile(join(folder, "lock.json"), "utf8")).not.toContain("secret");
});
