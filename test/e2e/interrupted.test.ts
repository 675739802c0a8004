/** Ctrl-C in the middle of a download: the process ends with the right status and clears up. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nixociCommand } from "./support/command.ts";
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
