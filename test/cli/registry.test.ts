/** The verbs that talk to a registry, against one in this process that wants a password. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { copy, type CopyResult } from "../../src/copy/copy.ts";
import type { Image } from "../../src/image/root.ts";
import { openSink } from "../../transports/mod.ts";
import { image, sourceOf } from "../support/images.ts";
import { openRegistry, type RegistryServer } from "../support/registry-server.ts";
import { LAUNCHER, type Outcome, outcomes, RUN, spawned } from "./run.ts";

let folder: string;
let registry: RegistryServer;
let digest: string;
const seen = new Map<string, Outcome>();

const LINES: Readonly<Record<string, string>> = {
  denied: "copy -q oci-dir:DIR/in registry:HOST/app:v1 --authfile DIR/auth.json",
  creds: "copy -q oci-dir:DIR/in registry:HOST/app:v1 --dest-creds me:secret --dest-tag v2",
  "no terminal": "login HOST --authfile DIR/auth.json",
  "login wrong": "login HOST -u me -p wrong --authfile DIR/auth.json",
  login: "login HOST -u me -p secret --authfile DIR/auth.json",
  tags: "tags HOST/app --authfile DIR/auth.json",
  "tags json": "tags --json registry:HOST/app --authfile DIR/auth.json",
  digest: "digest registry:HOST/app:v1 --authfile DIR/auth.json",
  pull: "copy -q docker://HOST/app:v2 oci-dir:DIR/out --authfile DIR/auth.json",
  inspect: "inspect --json registry:HOST/app:v1 --authfile DIR/auth.json",
  clash: "copy -q --all docker-archive:DIR/two.tar registry:HOST/clash --authfile DIR/auth.json",
  "clash tags": "tags HOST/clash --authfile DIR/auth.json",
  scoped:
    "copy --json --progress none --all --scoped docker-archive:DIR/two.tar registry:HOST/s --authfile DIR/auth.json",
  "scoped tags": "tags HOST/s/team/b --authfile DIR/auth.json",
  "scoped and shared":
    "copy --json --all --scoped docker-archive:DIR/shared.tar registry:HOST/shared --authfile DIR/auth.json",
  "scoped and dry":
    "copy --dry-run --all --scoped docker-archive:DIR/shared.tar registry:HOST/dry --authfile DIR/auth.json",
  "scoped twice":
    "copy -q --all --scoped docker-archive:DIR/twice.tar registry:HOST/d --authfile DIR/auth.json",
  "scoped from a registry":
    "copy -q --all --scoped registry:HOST/app:v1 registry:HOST/m --authfile DIR/auth.json",
  "scoped without a name":
    "copy -q --all --scoped oci-dir:DIR/in registry:HOST/u --authfile DIR/auth.json",
  "scoped to a tag":
    "copy -q --all --scoped docker-archive:DIR/two.tar registry:HOST/s:1 --authfile DIR/auth.json",
  "own tag":
    "copy --json --progress none docker-archive:DIR/one.tar registry:HOST/own --authfile DIR/auth.json",
  ping: "ping HOST",
  "ping with a scheme": "ping registry:HOST",
  "ping of a URL": "ping docker://HOST/",
  "ping of no host": "ping registry:HOST:x",
  "catalog with a scheme": "catalog registry:HOST --authfile DIR/auth.json",
  "whoami with a scheme": "whoami registry:HOST --authfile DIR/auth.json",
  "catalog of no host": "catalog me:secret@HOST/a",
  "limit of a host": "ratelimit registry:HOST",
  "limit of a low port": "ratelimit 127.0.0.1:1",
  "limit of localhost": "ratelimit localhost",
  "limit of an image": "ratelimit HOST/app:v1 --authfile DIR/auth.json",
  logout: "logout HOST --authfile DIR/auth.json",
  "logout again": "logout HOST --authfile DIR/auth.json",
  "tags denied": "tags --json HOST/app --authfile DIR/auth.json",
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nixoci-test-"));
  registry = await openRegistry({ basic: { me: "secret" } });
  const root = await image();
  digest = root.manifest.descriptor.digest;
  const sink = await openSink(`oci-dir:${folder}/in`);
  await copy({ resolve: () => Promise.resolve(root), async [Symbol.asyncDispose]() {} }, sink);
  await sink[Symbol.asyncDispose]();
  await archive("one.tar", { "app:1.0": root });
  await archive("two.tar", { "quay.io/team/a:1": root, "team/b:1": await image() });
  const layers = [{ "a.txt": "1" }, { "b.txt": "2" }];
  const [one, two] = [await image({ layers }), await image({ layers, config: { User: "me" } })];
  await archive("shared.tar", { "team/a:1": one, "team/b:1": two, "b:2": two });
  await archive("twice.tar", { "host:5000/a:1": one, "host-5000/a:1": two });
  const names = Object.keys(LINES);
  const all = await outcomes(
    names.map((name) =>
      LINES[name]!.replaceAll("DIR", folder).replaceAll("HOST", registry.host).split(" ")
    ),
  );
  names.forEach((name, i) => seen.set(name, all[i]!));
});
async function archive(name: string, roots: Readonly<Record<string, Image>>): Promise<void> {
  const to = await openSink(`docker-archive:${folder}/${name}`);
  await copy(sourceOf(roots), to, { all: true });
  await to[Symbol.asyncDispose]();
}

afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const outcome = (name: string) => seen.get(name)!;

it("copies there and back with the credentials given or kept", () => {
  expect(outcome("denied")).toMatchObject({ status: 1, stdout: "" });
  expect(outcome("denied").stderr).toMatch(/^nixoci: Cannot .*\n$/);
  expect(outcome("creds")).toEqual({ status: 0, stdout: `${digest}\n`, stderr: "" });
  expect(outcome("pull")).toEqual({ status: 0, stdout: `${digest}\n`, stderr: "" });
  expect(outcome("inspect").stderr).toBe("");
  expect(JSON.parse(outcome("inspect").stdout)).toMatchObject({ digest });
});

it("asks for digests and tags", () => {
  expect(outcome("digest").stdout).toBe(`${digest}\n`);
  expect(outcome("tags").stdout).toBe("v1\nv2\n");
  expect(JSON.parse(outcome("tags json").stdout)).toEqual({
    repository: `${registry.host}/app`,
    tags: ["v1", "v2"],
  });
});

it("asks a registry about itself, named in any way", () => {
  for (const name of ["ping", "ping with a scheme", "ping of a URL"]) {
    expect(outcome(name).stdout).toContain(`${registry.host} answers in`);
  }
  expect(outcome("catalog with a scheme").stdout).toContain("app\n");
  expect(outcome("whoami with a scheme").stdout).toBe("me\n");
  expect(outcome("limit of an image").stdout).toBe(`${registry.host} does not tell\n`);
  const hint = "write it as quay.io or localhost:5000";
  expect(outcome("ping of no host")).toEqual({
    status: 2,
    stdout: "",
    stderr: `nixoci: "registry:${registry.host}:x" is not a registry's host[:port]; ${hint}\n`,
  });
  expect(outcome("catalog of no host").stderr).not.toContain("secret");
  const hosts = { host: registry.host, "low port": "127.0.0.1:1", localhost: "localhost" };
  for (const [name, host] of Object.entries(hosts)) {
    const all = outcome(`limit of ${name === "localhost" ? name : `a ${name}`}`);
    expect(all.status).toBe(2);
    expect(all.stderr).toContain(`write ${host}/REPOSITORY`);
  }
});

it("puts no image of several in the place of another", () => {
  expect(outcome("clash")).toEqual({
    status: 2,
    stdout: "",
    stderr:
      "nixoci: Cannot copy quay.io/team/a:1 and team/b:1: both would be called 1 there; copy " +
      "them one by one, with a name for each at the destination, or keep their repositories apart " +
      "in a registry with --scoped\n",
  });
  expect(outcome("clash tags").status).toBe(1); // there is no such repository
  const { images } = JSON.parse(outcome("scoped").stdout) as CopyResult;
  const below = `${registry.host}/s`;
  expect(images.map(({ references }) => references))
    .toEqual([[`${below}/quay.io/team/a:1`], [`${below}/team/b:1`]]);
  expect(outcome("scoped tags").stdout).toBe("1\n");
  const host = registry.host.replace(":", "-");
  expect(outcome("scoped from a registry")).toMatchObject({ status: 0, stdout: `${digest}\n` });
  expect(registry.log.some(({ path }) => path === `/v2/m/${host}/app/manifests/v1`)).toBe(true);
  expect(outcome("scoped to a tag")).toMatchObject({ status: 2, stdout: "" });
  expect(outcome("scoped without a name")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("--scoped keeps names, and image sha256:"),
  });
});

it("sends what several repositories share once, and mounts it in the others", () => {
  const { stdout, stderr } = outcome("scoped and shared");
  // Two layers and two configs; the third image is the second, elsewhere.
  const { blobs } = JSON.parse(stdout) as CopyResult;
  expect(blobs).toEqual({ moved: 4, exists: 0, mounted: 5 });
  const copying = stderr.split("\n").filter((line) => line.startsWith("copying"));
  expect(copying.map((line) => line.split(",")[0])).toEqual(Array(3).fill("copying 3 blobs"));
  expect(stderr).toContain("(5 mounted)");
  const dry = outcome("scoped and dry").stdout;
  for (const name of ["team/a:1", "team/b:1", "b:2"]) {
    expect(dry).toMatch(
      new RegExp(`would name  image     sha256:\\w+  ${registry.host}/dry/${name}`),
    );
  }
  expect(registry.log.some(({ method, path }) => method !== "HEAD" && path.startsWith("/v2/dry/")))
    .toBe(false);
});

it("gives no advice that is taken already where scoped names clash", () => {
  expect(outcome("scoped twice")).toMatchObject({ status: 2, stdout: "" });
  expect(outcome("scoped twice").stderr).toContain(
    "host-5000/a:1 there; copy them one by one, with",
  );
  expect(outcome("scoped twice").stderr).not.toContain("with --scoped");
});

it("takes an archive's own tag where no other is given", () => {
  const { images } = JSON.parse(outcome("own tag").stdout) as CopyResult;
  expect(images.map(({ references }) => references)).toEqual([["1.0"]]);
});

it("logs in and out", () => {
  expect(outcome("login wrong")).toMatchObject({ status: 1, stdout: "" });
  expect(outcome("login wrong").stderr).not.toContain("wrong");
  expect(outcome("login")).toEqual({
    status: 0,
    stdout: `Logged in to ${registry.host} as me; credentials kept in ${folder}/auth.json\n`,
    stderr: "nixoci: a password on the command line can be seen by others; use --password-stdin\n",
  });
  expect(outcome("logout")).toEqual({
    status: 0,
    stdout: `Logged out of ${registry.host}\n`,
    stderr: "",
  });
  expect(outcome("logout again").status).toBe(1);
  expect(outcome("tags denied").status).toBe(1);
  expect(JSON.parse(outcome("tags denied").stderr).error.code).toBe("AUTH");
});

it("does not ask questions where nobody can answer", () => {
  expect(outcome("no terminal")).toEqual({
    status: 2,
    stdout: "",
    stderr: "nixoci: Cannot ask for the username; standard input is not a terminal; give -u\n",
  });
});

it("takes the password from standard input", async () => {
  const auth = join(folder, "stdin.json");
  const words = ["login", registry.host, "-u", "me", "--password-stdin", "--authfile", auth];
  const { status, stderr } = await spawned(execPath, [...RUN, LAUNCHER, ...words], "secret\n");
  expect([status, stderr]).toEqual([0, ""]);
  const { auths } = JSON.parse(await readFile(auth, "utf8"));
  expect(Buffer.from(auths[registry.host].auth, "base64").toString()).toBe("me:secret");
});
