/**
 * Two hundred clients that pull one image at a time from one server: how long it takes the last of them,
 * how much of a processor the server, and how large it grows. Clients throw away what they get.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copy, createImage, MEDIA_TYPES, openSink } from "../../src/mod.ts";
import { digestOf } from "../../src/bytes/digest.ts";
import { contentOf } from "../../src/image/content.ts";
import type { Suite } from "../suite.ts";
import { NODE } from "../tools.ts";

const [CLIENTS, LAYERS, LAYER] = [200, 4, 4 << 20];

/** Puts an image of random bytes, which nothing compresses, into a place. */
async function putImage(place: string): Promise<void> {
  const layers = Array.from({ length: LAYERS }, () => {
    const bytes = randomBytes(LAYER);
    return {
      ...contentOf("application/vnd.oci.image.layer.v1.tar", bytes),
      diffId: digestOf(bytes),
    };
  });
  const rootfs = { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) };
  const config = { architecture: "amd64", os: "linux", config: {}, rootfs };
  const bytes = Buffer.from(JSON.stringify(config));
  const image = createImage("oci", contentOf(MEDIA_TYPES.oci.config, bytes), layers);
  const sink = await openSink(place, { registry: { tlsVerify: false } });
  await copy({ resolve: async () => image, async [Symbol.asyncDispose]() {} }, sink);
  await sink[Symbol.asyncDispose]();
}

interface Served {
  readonly url: string;
  readonly child: ChildProcess;
}

/** Starts a server, which answers when this resolves. */
async function start(command: readonly string[], port: number): Promise<Served> {
  const [program = "", ...words] = command;
  const child = spawn(program, words, { stdio: ["ignore", "ignore", "inherit"] });
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    const isUp = await fetch(`${url}/v2/`).then(({ ok }) => ok, () => false);
    if (isUp) return { url, child };
    if (child.exitCode !== null) throw new Error(`${command.join(" ")} ended`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function stop({ child }: Served): Promise<void> {
  const over = once(child, "exit");
  child.kill("SIGTERM");
  await over;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** Gets something and throws it away, or keeps it where it is small. */
function get(agent: Agent, url: string, keep = false): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const accept = MEDIA_TYPES.oci.manifest;
    request(url, { agent, headers: { accept } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => keep && chunks.push(chunk));
      response.on(
        "end",
        () =>
          response.statusCode === 200
            ? resolve(Buffer.concat(chunks))
            : reject(new Error(`${url}: ${response.statusCode}`)),
      );
      response.on("error", reject);
    }).on("error", reject).end();
  });
}

/** The same, once more where the server has closed a connection that it took for idle: as engines do. */
function getAgain(...words: Parameters<typeof get>): Promise<Buffer> {
  return get(...words).catch((error) => {
    if (error.code === "ECONNRESET") return get(...words);
    throw error;
  });
}

/** Pulls as engines do: the manifest, then three blobs at a time. */
async function pull(url: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 3 });
  const manifest = JSON.parse(String(await getAgain(agent, `${url}/v2/app/manifests/v1`, true)));
  const blobs: string[] = [manifest.config, ...manifest.layers].map(({ digest }) => digest);
  await Promise.all(blobs.map((digest) => getAgain(agent, `${url}/v2/app/blobs/${digest}`)));
  agent.destroy();
}

/** The processor's time of a process in seconds, and its largest resident set in bytes. */
async function readUse({ child }: Served): Promise<{ seconds: number; peak: number }> {
  const fields = (await readFile(`/proc/${child.pid}/stat`, "utf8")).replace(/^.*\) /, "").split(
    " ",
  );
  const status = await readFile(`/proc/${child.pid}/status`, "utf8");
  const [, kibibytes] = /^VmHWM:\s+(\d+)/m.exec(status)!;
  return {
    seconds: (Number(fields[11]) + Number(fields[12])) / 100,
    peak: Number(kibibytes) * 1024,
  };
}

async function measurePulls(server: Served): Promise<string> {
  const before = await readUse(server);
  const began = performance.now();
  await Promise.all(Array.from({ length: CLIENTS }, () => pull(server.url)));
  const seconds = (performance.now() - began) / 1000;
  const after = await readUse(server);
  const processor = (after.seconds - before.seconds).toFixed(1);
  const rate = (CLIENTS * LAYERS * LAYER / seconds / 1e6).toFixed(0);
  return `${seconds.toFixed(1)} s | ${rate} MB/s | ${processor} s | ${
    (after.peak / 1e6).toFixed(0)
  } MB`;
}

const nixoci = (...words: string[]) => [...NODE, "serve", "--quiet", ...words];

async function measurePullers({ only }: { readonly only: string }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nixoci-bench-pullers-"));
  const servers: Served[] = [];
  const rows: string[] = [];
  const run = async (name: string, server: () => Promise<Served>): Promise<void> => {
    if (!name.includes(only)) return;
    rows.push(`| ${name} | ${await measurePulls(await server())} |`);
  };
  const open = async (command: (port: number) => readonly string[]): Promise<Served> => {
    const port = await freePort();
    const server = await start(command(port), port);
    servers.push(server);
    return server;
  };
  try {
    await putImage(`oci-dir:${join(folder, "images/app")}:v1`);
    const layouts = await open((port) =>
      nixoci("--layouts", join(folder, "images"), "--listen", `${port}`)
    );
    await run("nixoci serve, a layout", async () => layouts);
    const whole = `registry:${layouts.url.replace("http://", "")}/`;
    const cached = () =>
      open((port) => nixoci("--cache", join(folder, "cache"), whole, "--listen", `${port}`));
    await run("nixoci serve --cache, empty at first", cached);
    await run("nixoci serve --cache, that has it", cached);
    const conf = join(folder, "registry.yml");
    await run("docker-registry 2.8", async () => {
      const port = await freePort();
      await mkdir(join(folder, "registry"));
      await writeFile(
        conf,
        `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${folder}/registry}}\n` +
          `http: {addr: "127.0.0.1:${port}"}\n`,
      );
      const server = await start(["docker-registry", "serve", conf], port);
      servers.push(server);
      await putImage(`registry:127.0.0.1:${port}/app:v1`);
      return server;
    });
  } finally {
    for (const server of servers) await stop(server);
    await rm(folder, { recursive: true, force: true });
  }
  const mebibytes = LAYERS * LAYER >> 20;
  return [
    `| ${CLIENTS} clients, ${mebibytes} MiB each | until the last has it | together | the server's processor | its memory |`,
    "| --- | ---: | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}

/** The suite. */
export const suite: Suite = {
  summary: `${CLIENTS} clients that pull one image at a time from one server`,
  needs: ["docker-registry"],
  page: "serve.md",
  run: measurePullers,
};
