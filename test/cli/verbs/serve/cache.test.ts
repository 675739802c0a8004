/** `nixoci serve --cache`: other registries under names, for mirrors, and when they are gone. */
import { generateKeyPairSync } from "node:crypto";
import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { digestOf } from "../../../../src/bytes/digest.ts";
import { copy } from "../../../../src/copy/mod.ts";
import { createSignedToken } from "../../../../src/serve/auth/jwt.ts";
import { openSink, openSource } from "../../../../transports/mod.ts";
import { image, sourceOf } from "../../../support/images.ts";
import { temporaryFolder } from "../../../support/folder.ts";
import { createRandom } from "../../../support/random.ts";
import { startRegistry } from "../../../support/registry-server.ts";
import { outcomes } from "../../run.ts";
import { startServe } from "./start.ts";

const HELLO = "oci-dir:examples/hello";

/** A registry with the example under a name. */
async function startUpstream(name: string) {
  const upstream = await startRegistry();
  const source = await openSource(HELLO);
  const sink = await openSink(`registry:${upstream.host}/${name}:v1`);
  const { images } = await copy(source, sink, { all: true });
  await sink[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
  upstream.log.length = 0;
  return { upstream, digest: images[0]!.descriptor.digest };
}

it("serves registries whole, and one repository, under names and for mirrors", async () => {
  const folder = await temporaryFolder();
  const { upstream, digest } = await startUpstream("team/app");
  const { host } = upstream;
  const server = await startServe([
    ...["--cache", folder],
    `registry:${host}/`,
    `in/team=registry:${host}/team/`,
    `one=registry:${host}/team/app`,
  ]);
  expect(server.greeting).toBe(
    `serving all of ${host}, all of ${host}/team as in/team, one at ${server.url}, read-only`,
  );
  const ask = async (path: string) => {
    const answer = await fetch(`${server.url}/v2/${path}`);
    await answer.arrayBuffer();
    const { headers, status } = answer;
    return headers.get("docker-content-digest") ?? headers.get("oci-namespace") ?? status;
  };
  expect(await ask("team/app/manifests/v1")).toBe(digest);
  expect(await ask("in/team/app/manifests/v1")).toBe(digest);
  expect(await ask("one/manifests/v1")).toBe(digest);
  expect(await ask("none/manifests/v1")).toBe(404);
  // containerd asks so
  expect(await ask(`team/app/manifests/v1?ns=${host}`)).toBe(digest);
  expect(await ask(`team/app/tags/list?ns=${host}`)).toBe(host);
  expect(await ask("team/app/manifests/v1?ns=quay.io")).toBe(404);
  const pushed = await fetch(`${server.url}/v2/team/app/blobs/uploads/`, { method: "POST" });
  expect(pushed.status).toBe(405);
  expect(await (await fetch(`${server.url}/v2/_catalog`)).json()).toEqual({
    repositories: ["in/team/app", "one", "team/app"],
  });
  expect(await readdir(folder)).toEqual([host.replace(":", "_")]);
  expect(await server.stop()).toEqual([0, null]);
});

it("serves what it has to those who come after a restart, when the registry is gone", async () => {
  const folder = await temporaryFolder();
  const { upstream, digest } = await startUpstream("app");
  const words = ["--cache", folder, "--retry", "0", `registry:${upstream.host}/`];
  const first = await startServe(words);
  const pulled = async (host: string, to: string) => {
    const source = await openSource(`registry:${host}/app:v1`);
    const sink = await openSink(`oci-dir:${join(folder, to)}`);
    const { images } = await copy(source, sink, { all: true });
    await sink[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
    return images[0]!.descriptor.digest;
  };
  expect(await pulled(first.host, ".first")).toBe(digest);
  await first.stop();
  await upstream[Symbol.asyncDispose]();
  const second = await startServe(words);
  expect(await pulled(second.host, ".second")).toBe(digest);
  expect(second.log()).toContain("serving what is in the cache; v1 may have moved since: ");
});

/** The numbers of a metric's lines, by what is behind `nixoci_serve_`. */
async function readMetrics(url: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Object.fromEntries(
    text.split("\n").flatMap((line) => {
      const [, name, value] = /^nixoci_serve_(\w+) ([\d.]+)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, Number(value)]];
    }),
  );
}

it("keeps its folder below a size, whole when it is killed meanwhile, and goes on from there", async () => {
  const folder = join(await temporaryFolder(), "cache");
  const upstream = await startRegistry();
  const names = Array.from({ length: 40 }, (_, at) => `app${at % 4}`);
  const random = createRandom(1);
  const createText = () => Array.from({ length: 20_000 }, () => 33 + random(90));
  const roots = await Promise.all(
    names.map(() => image({ layers: [{ file: String.fromCharCode(...createText()) }] })),
  );
  for (const [at, root] of roots.entries()) {
    await using sink = await openSink(`registry:${upstream.host}/${names[at]}:v${at}`);
    await copy(sourceOf({ root }), sink);
  }
  const words = ["--quiet", "--cache", folder, `registry:${upstream.host}/`];
  const pullAll = async (url: string): Promise<void> => {
    for (const [at, { manifest, layers }] of roots.entries()) {
      for (
        const [path, { descriptor }] of [["manifests", manifest], ["blobs", layers[0]!]] as const
      ) {
        const what = path === "manifests" ? `v${at}` : descriptor.digest;
        const answer = await fetch(`${url}/v2/${names[at]}/${path}/${what}`);
        expect(digestOf(new Uint8Array(await answer.arrayBuffer()))).toBe(descriptor.digest);
      }
    }
  };
  const full = await startServe(words);
  await pullAll(full.url);
  expect(await readMetrics(full.url)).not.toHaveProperty("cache_bytes");
  await expect.poll(() => listBlobFiles(folder)).toHaveLength(80);
  await full.stop();
  // What was used long ago goes as soon as it is asked to.
  const files = await listBlobFiles(folder);
  for (const [at, file] of files.entries()) await utimes(file, 1000 + at, 1000 + at);
  const bounded = [...words, "--cache-size", "200kB"];
  for (let times = 0; times < 5; times++) {
    const server = await startServe(bounded);
    await new Promise((resolve) => setTimeout(resolve, times * 10));
    expect(await server.stop("SIGKILL")).toEqual([null, "SIGKILL"]);
    await checkIndexes(folder);
  }
  const server = await startServe(bounded);
  await expect.poll(async () => (await listBlobFiles(folder)).length).toBeLessThan(25);
  expect(await listBlobFiles(folder)).not.toEqual([]);
  await checkIndexes(folder);
  await pullAll(server.url);
  const { cache_bytes: bytes, ...metrics } = await readMetrics(server.url);
  expect(bytes).toBeGreaterThan(0);
  expect(metrics).toHaveProperty("cache_evicted_bytes_total");
  expect(metrics).toHaveProperty("cache_evicted_blobs_total");
  await checkIndexes(folder);
});

/** The files of all blobs in a folder of layouts; what is being written is none. */
async function listBlobFiles(folder: string): Promise<string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  return all.filter(({ name }) => /^[0-9a-f]{64}$/.test(name))
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** No index names what is not there, and each file is what its name says. */
async function checkIndexes(folder: string): Promise<void> {
  const files = new Set(await listBlobFiles(folder));
  for (const file of files) expect(digestOf(await readFile(file))).toContain(basename(file));
  for (
    const { name, parentPath } of await readdir(folder, { recursive: true, withFileTypes: true })
  ) {
    if (name !== "index.json") continue;
    const { manifests } = JSON.parse(String(await readFile(join(parentPath, name))));
    for (const { digest } of manifests) {
      expect(files).toContain(join(parentPath, "blobs/sha256", digest.slice("sha256:".length)));
    }
  }
}

it("takes a token for the repository that a mirror's query means, and for no other", async () => {
  const folder = await temporaryFolder();
  const { upstream, digest } = await startUpstream("team/app");
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const file = join(folder, "key.pem");
  await writeFile(file, publicKey.export({ type: "spki", format: "pem" }));
  const server = await startServe([
    ...["--cache", join(folder, "cache"), `in=registry:${upstream.host}/`],
    ...["--token-key", file, "--token-realm", "https://example.com/token"],
  ]);
  const ask = async (name: string) => {
    const access = [{ type: "repository", name, actions: ["pull"] }];
    const claims = { iss: "nixoci", aud: "nixoci", exp: Date.now() / 1000 + 60, access };
    const headers = { authorization: `Bearer ${createSignedToken(claims, privateKey)}` };
    const path = `/v2/team/app/manifests/v1?ns=${upstream.host}`;
    const answer = await fetch(`${server.url}${path}`, { headers });
    await answer.arrayBuffer();
    return answer.headers.get("docker-content-digest") ?? answer.headers.get("www-authenticate");
  };
  expect(await ask("team/app")).toContain('scope="repository:in/team/app:pull"');
  expect(await ask("in/team/app")).toBe(digest);
});

it("says what is wrong with the words", async () => {
  const cases: [words: string[], says: string][] = [
    [["registry:docker.io/"], "say where it is kept: --cache FOLDER"],
    [["--cache", "c", "registry:docker.io/", "registry:quay.io/"], "are both without a name"],
    [
      ["--cache", "c", "--creds", "me:secret", "a=registry:docker.io/", "b=registry:quay.io/"],
      "both docker.io and quay.io would get",
    ],
    [["--cache", "c", "Hub=registry:docker.io/"], '"Hub" is not a repository\'s name'],
    [["--cache", "c", "--cache-size", "much", "registry:docker.io/"], '"much" is not a size'],
    [
      ["--cache", "c", "--cache-size", "0", "registry:docker.io/"],
      "leave it out for one of any size",
    ],
    [["--cache-size", "1GB", "--layouts", "l"], "--cache"],
    [["--cache", "c", "--tag-ttl", "soon", "registry:docker.io/"], '"soon" is not a duration'],
  ];
  const seen = await outcomes(cases.map(([words]) => ["serve", ...words]));
  for (const [at, [words, says]] of cases.entries()) {
    expect(seen[at]!.stderr, words.join(" ")).toContain(says);
    expect(seen[at]!.status).not.toBe(0);
  }
});
