/** Ctrl-C in the middle of a download: the process ends with the right status and clears up. */
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, stat, watch, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nixociCommand } from "./support/command.ts";
import { nixoci } from "./support/copying.ts";
import { inspectLayout } from "./support/layout.ts";
import { peers } from "./support/peers.ts";

/** A registry of one image, whose layer never comes to its end. */
let stalling: Server;

beforeAll(async () => {
  const bytes = documents();
  stalling = createServer((request, response) => {
    const name = request.url!.split("/").at(-1)!;
    if (name === LAYER) {
      response.setHeader("content-length", LAYER_SIZE);
      response.write(Buffer.alloc(LAYER_SIZE / 2), () => stalling.emit("stalls"));
      return;
    }
    const body = bytes.get(name);
    if (body?.includes('layers"')) {
      response.setHeader("content-type", "application/vnd.oci.image.manifest.v1+json");
    }
    response.statusCode = body === undefined && name !== "" ? 404 : 200;
    response.end(request.method === "HEAD" ? undefined : body);
  });
  stalling.listen(0, "127.0.0.1");
  await once(stalling, "listening");
});

afterAll(() => {
  stalling.closeAllConnections();
  stalling.close();
});

const SIGNALS = [
  { signal: "SIGINT", expected: 130 },
  { signal: "SIGTERM", expected: 143 },
] as const;

test.for(SIGNALS)("$signal ends a copy with status $expected", async ({ signal, expected }) => {
  const layout = join(peers.env["TMPDIR"]!, signal);
  const { port } = stalling.address() as AddressInfo;
  const words = [
    "copy",
    "--quiet",
    `registry:127.0.0.1:${port}/image:tag`,
    `oci-dir:${layout}:tag`,
  ];
  const [program = "", ...args] = nixociCommand(...words);
  const copying = spawn(program, args, { env: peers.env, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  copying.stderr.on("data", (chunk) => stderr += chunk);
  const ended = once(copying, "close");

  await once(stalling, "stalls");
  // not by copying.kill(): Deno then says that the signal ended it, whatever its status is
  process.kill(copying.pid!, signal);

  const [status] = await ended;
  expect({ status, stderr }).toEqual({ status: expected, stderr: "nixoci: interrupted\n" });
  expect(await inspectLayout(layout)).toEqual({ tags: [], faults: [], strays: [] });
});

test("SIGTERM ends an export within a large file that is compressed, and leaves nothing", async () => {
  const folder = await mkdtemp(join(peers.env["TMPDIR"]!, "export-"));
  await mkdir(join(folder, "root"));
  await writeFile(join(folder, "root/noise"), randomBytes(100_000_000));
  const layout = `oci-dir:${join(folder, "layout")}:noise`;
  await nixoci(["build", "--quiet", "--copy-to-root", join(folder, "root"), layout]);
  const out = join(folder, "out");
  await mkdir(out);
  const [program = "", ...args] = nixociCommand("export", layout, "-o", join(out, "all.tar.gz"));
  const exporting = spawn(program, args, { env: peers.env, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  exporting.stderr.on("data", (chunk) => stderr += chunk);
  const ended = once(exporting, "close");
  for await (const { filename } of watch(out)) {
    if (filename && (await stat(join(out, filename))).size > 1e6) break; // it is within the file
  }
  process.kill(exporting.pid!, "SIGTERM");
  expect(await ended).toEqual([143, null]);
  expect(stderr).toMatch(/nixoci: interrupted\n$/);
  expect(await readdir(out)).toEqual([]);
});

const LAYER_SIZE = 1 << 20;
const LAYER = digestOf("a layer that nobody ever has");

/** Manifest and config by the last part of the path that asks for them. */
function documents(): Map<string, string> {
  const config = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [LAYER] },
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: digestOf(config),
      size: config.length,
    },
    layers: [{
      mediaType: "application/vnd.oci.image.layer.v1.tar",
      digest: LAYER,
      size: LAYER_SIZE,
    }],
  });
  const named = ["tag", digestOf(manifest)].map((name) => [name, manifest] as const);
  return new Map([...named, [digestOf(config), config]]);
}

function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
