/** `nixoci serve` as users run it: what it says, what it refuses, how it stops, and what is left of it. */
import { once } from "node:events";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { expect, it } from "vitest";
import { digestOf } from "../../../../src/bytes/digest.ts";
import { readContent } from "../../../../src/image/content.ts";
import { openLayoutRepository } from "../../../../transports/oci-dir/repository/mod.ts";
import { openSource } from "../../../../transports/mod.ts";
import { verifyImages } from "../../../../src/verify/mod.ts";
import { temporaryFolder } from "../../../support/folder.ts";
import { image } from "../../../support/images.ts";
import { outcomes } from "../../run.ts";
import { startServe } from "./start.ts";

const HELLO = "oci-dir:examples/hello";

it("serves sources read-only, with pages beside them, and logs each call", async () => {
  const server = await startServe(["--log", "json", HELLO, `other/name=${HELLO}`]);
  expect(server.greeting).toBe(`serving hello, other/name at ${server.url}, read-only`);
  const ask = (path: string, method = "GET") => fetch(`${server.url}${path}`, { method });
  const manifest = await ask("/v2/hello/manifests/latest");
  expect(manifest.headers.get("docker-content-digest")).toBe(
    digestOf(new Uint8Array(await manifest.arrayBuffer())),
  );
  expect((await ask("/v2/hello/blobs/uploads/", "POST")).status).toBe(405);
  expect((await ask("/v2/hello/manifests/latest", "DELETE")).status).toBe(405);
  expect(await (await ask("/v2/_catalog")).json()).toEqual({
    repositories: ["hello", "other/name"],
  });
  expect(await (await ask("/healthz")).text()).toBe("ok\n");
  const metrics = await (await ask("/metrics")).text();
  expect(metrics).toContain('nixoci_serve_requests_total{method="POST",status="405"} 1\n');
  expect(metrics.endsWith("# EOF\n")).toBe(true);
  expect(await server.stop("SIGTERM")).toEqual([0, null]);
  const lines = server.log().split("\n").filter((line) => line.startsWith("{"));
  const calls = lines.map((line) => JSON.parse(line))
    .map(({ method, path, status, problem }) => [method, path, status, problem]);
  // In no order: a call is over when its answer has left, of which the client knows before us.
  expect(calls).toEqual(expect.arrayContaining([
    ["GET", "/v2/hello/manifests/latest", 200, undefined],
    ["POST", "/v2/hello/blobs/uploads/", 405, "UNSUPPORTED this registry is read-only"],
  ]));
});

it("builds a SPEC on nothing that the policy does not allow", async () => {
  const folder = await temporaryFolder();
  const spec = { fromImage: `${process.cwd()}/examples/hello`, architecture: "amd64" };
  await writeFile(join(folder, "spec.json"), JSON.stringify(spec));
  await writeFile(join(folder, "policy.json"), JSON.stringify({ default: [{ type: "reject" }] }));
  const server = await startServe([
    ...["--policy", join(folder, "policy.json")],
    `app=${join(folder, "spec.json")}`,
  ]);
  const answer = await fetch(`${server.url}/v2/app/manifests/latest`);
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain("policy");
  expect(server.log()).toContain("the policy does not allow");
});

it("refuses what it cannot serve, in one line each", async () => {
  const folder = await temporaryFolder();
  const [taken, files] = [createServer(), join(folder, "files")];
  taken.listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  await mkdir(files);
  await writeFile(join(files, "notes.txt"), "mine");
  await writeFile(join(folder, "users"), "me:{SHA}abc\n");
  const cases: [words: string[], status: number, says: string | RegExp][] = [
    [["--listen", `${port}`, HELLO], 1, `127.0.0.1:${port}: something else listens there`],
    [["--layouts", files], 1, "holds the file notes.txt: it is not a folder of layouts"],
    [["--layouts", "examples/hello"], 1, "serve it as oci-dir:examples/hello"],
    [[`oci-dir:${files}`], 1, "is not an OCI layout"],
    [["oci-archive:none.tar"], 1, "Cannot read none.tar"],
    [[], 2, "Nothing says what to serve"],
    [["--listen", "0.0.0.0:0", HELLO], 2, "no --tls-cert and --tls-key, no --htpasswd"],
    [["--listen", "host", HELLO], 2, '"host" is not an address'],
    [[HELLO, HELLO], 2, "are both the repository hello"],
    [[`Hello=${HELLO}`], 2, '"Hello" is not a repository\'s name'],
    [["--token-key", "package.json", HELLO], 2, "nothing says who gives the tokens"],
    [
      ["--htpasswd", "u", "--token-key", "k", "--token-realm", "https://example.com/token", HELLO],
      2,
      "passwords of --htpasswd and tokens of another service",
    ],
    [["--largest-blob", "many", HELLO], 2, '"many" is not a size'],
    [
      ["--htpasswd", join(folder, "users"), HELLO],
      1,
      "line 1: it is not a user with a bcrypt hash",
    ],
    [
      ["--tls-cert", "package.json", "--tls-key", "package.json", HELLO],
      1,
      "are not a certificate and its key",
    ],
  ];
  const seen = await outcomes(cases.map(([words]) => ["serve", ...words]));
  taken.close();
  for (const [at, [words, status, says]] of cases.entries()) {
    const { stderr, ...outcome } = seen[at]!;
    expect(stderr, words.join(" ")).toContain(says);
    expect(stderr.trimEnd().split("\n"), words.join(" ")).toHaveLength(1);
    expect(outcome).toEqual({ status, stdout: "" });
  }
});

it("lets an upload that is under way end before it stops, and takes no new one", async () => {
  const folder = await temporaryFolder();
  const server = await startServe(["--write", "--grace", "10m", "--layouts", folder]);
  const bytes = Buffer.alloc(1 << 20, "x");
  const begun = await fetch(`${server.url}/v2/app/blobs/uploads/`, { method: "POST" });
  const location = begun.headers.get("location")!;
  let goOn = (): void => {};
  const half = new Promise<void>((resolve) => goOn = resolve);
  async function* body() {
    yield bytes.subarray(0, 1000);
    await half;
    yield bytes.subarray(1000);
  }
  const put = fetch(`${server.url}${location}?digest=${digestOf(bytes)}`, {
    method: "PUT",
    body: ReadableStream.from(body()),
    duplex: "half",
  } as RequestInit);
  const repository = join(folder, "app/blobs/sha256");
  const ask = async () => (await fetch(`${server.url}${location}`)).headers.get("range");
  while (await ask() !== "0-999"); // it has come to the server
  const ended = server.stop("SIGINT");
  while (!server.log().includes("stopping")) await new Promise((resolve) => setImmediate(resolve));
  goOn();
  expect((await put).status).toBe(201);
  expect(await ended).toEqual([0, null]);
  expect(await readdir(repository)).toEqual([digestOf(bytes).slice("sha256:".length)]);
});

it("leaves good layouts when it is killed in the middle of a hundred pushes", async () => {
  const folder = await temporaryFolder();
  const server = await startServe(["--quiet", "--write", "--layouts", folder]);
  const roots = await Promise.all(
    Array.from({ length: 100 }, (_, at) => image({ layers: [{ at: `${at}` }, { same: "same" }] })),
  );
  const pushed = new Map<string, string>();
  const push = async (at: number): Promise<void> => {
    const { manifest, config, layers } = roots[at]!;
    const name = `app${at % 3}`;
    for (const blob of [config, ...layers]) {
      const body = Uint8Array.from(await readContent(blob, 1e6));
      const path = `${name}/blobs/uploads/?digest=${blob.descriptor.digest}`;
      await fetch(`${server.url}/v2/${path}`, { method: "POST", body });
    }
    const answer = await fetch(`${server.url}/v2/${name}/manifests/v${at}`, {
      method: "PUT",
      headers: { "content-type": manifest.descriptor.mediaType },
      body: Uint8Array.from(await readContent(manifest, 1e6)),
    });
    if (answer.status !== 201) return;
    pushed.set(`${name}:v${at}`, manifest.descriptor.digest);
    if (pushed.size === 30) process.kill(server.child.pid!, "SIGKILL");
  };
  const all = Promise.allSettled(roots.map((_, at) => push(at)));
  expect(await server.stop("SIGCONT")).toEqual([null, "SIGKILL"]);
  await all;
  expect(pushed.size).toBeGreaterThanOrEqual(30);
  for (const name of ["app0", "app1", "app2"]) {
    const source = await openSource(`oci-dir:${join(folder, name)}`);
    const named = new Map(
      (await source.list!()).map(({ name: tag, id }) => [`${name}:${tag}`, id]),
    );
    for (const [tag, digest] of pushed) {
      if (tag.startsWith(name)) expect(named.get(tag)).toBe(digest);
    }
    // Of three repositories, one may have had no turn yet.
    if (named.size > 0) expect((await verifyImages(source)).problems).toEqual([]);
    await source[Symbol.asyncDispose]();
    // What the dead server left of blobs goes with the next push.
    const repository = await openLayoutRepository(join(folder, name));
    const blob = await repository!.beginBlob();
    await blob[Symbol.asyncDispose]();
    const files = await readdir(join(folder, name, "blobs/sha256"));
    expect(files.filter((file) => !/^[0-9a-f]{64}$/.test(file))).toEqual([]);
  }
  const again = await startServe(["--layouts", folder]);
  for (const [tag, digest] of pushed) {
    const [name, version] = tag.split(":");
    const answer = await fetch(`${again.url}/v2/${name}/manifests/${version}`, { method: "HEAD" });
    expect(answer.headers.get("docker-content-digest")).toBe(digest);
  }
});

it("asks for passwords, and lets some only read", async () => {
  const folder = await temporaryFolder();
  const { hash } = await import("bcryptjs");
  const lines = await Promise.all(
    ["ci", "me"].map(async (user) => `${user}:${await hash(`${user}'s`, 4)}\n`),
  );
  await writeFile(join(folder, "users"), `# who may come\n${lines.join("")}`);
  const server = await startServe([
    "--write",
    ...["--layouts", join(folder, "images"), "--htpasswd", join(folder, "users")],
    ...["--writer", "ci", "--wrong-passwords", "3"],
  ]);
  const ask = async (path: string, as?: string, method = "GET") => {
    const headers: Record<string, string> = as === undefined
      ? {}
      : { authorization: `Basic ${btoa(as)}` };
    return (await fetch(`${server.url}${path}`, { method, headers })).status;
  };
  expect(await ask("/v2/")).toBe(401);
  expect(await ask("/healthz")).toBe(200);
  expect(await ask("/metrics")).toBe(401);
  expect(await ask("/v2/", "me:wrong")).toBe(401);
  expect(await ask("/v2/", "nobody:me's")).toBe(401);
  expect(await ask("/v2/", "me:me's")).toBe(200);
  expect(await ask("/metrics", "me:me's")).toBe(200);
  expect(await ask("/v2/app/blobs/uploads/", "me:me's", "POST")).toBe(403);
  expect(await ask("/v2/app/manifests/v1", "me:me's", "DELETE")).toBe(403);
  expect(await ask("/v2/app/blobs/uploads/", "ci:ci's", "POST")).toBe(202);
  expect(await ask("/v2/app/tags/list", "me:me's")).toBe(200);
  expect(await ask("/v2/", "me:another")).toBe(401);
  expect(await ask("/v2/", "me:me's")).toBe(429);
  expect(await ask("/v2/")).toBe(401);
});

it("serves a SPEC, built when it is asked for, and again when it changes", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "root"));
  await writeFile(join(folder, "root/hello"), "hello");
  const spec = join(folder, "app.json");
  const write = (cmd: string) =>
    writeFile(spec, JSON.stringify({ copyToRoot: [join(folder, "root")], config: { Cmd: [cmd] } }));
  await write("/one");
  const broken = join(folder, "broken.json");
  await writeFile(broken, JSON.stringify({ copyToRoot: [join(folder, "none")] }));
  const server = await startServe([spec, broken]);
  const commandOf = async (): Promise<unknown> => {
    const manifest = await (await fetch(`${server.url}/v2/app/manifests/latest`)).json();
    const { config, layers } = manifest as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    const layer = await fetch(`${server.url}/v2/app/blobs/${layers[0]!.digest}`);
    expect(digestOf(new Uint8Array(await layer.arrayBuffer()))).toBe(layers[0]!.digest);
    const document = await (await fetch(`${server.url}/v2/app/blobs/${config.digest}`)).json();
    return (document as { config: { Cmd: unknown } }).config.Cmd;
  };
  expect(await commandOf()).toEqual(["/one"]);
  await write("/another");
  expect(await commandOf()).toEqual(["/another"]);
  const refused = await fetch(`${server.url}/v2/broken/manifests/latest`);
  expect(refused.status).toBe(500);
  expect(await refused.text()).not.toContain(folder);
  expect(server.log()).toContain(join(folder, "none"));
});
