/** Calls as they are reported when they are over. */
import { once } from "node:events";
import { createConnection } from "node:net";
import { expect, it } from "vitest";
import { content } from "../../src/image/content.ts";
import { type CallRecord, createCallWatcher } from "../../src/serve/mod.ts";
import { serveContent } from "../../src/serve/storages/content.ts";
import { DIGEST, served, storeOf } from "./setup.ts";

async function* zeros() {
  const chunk = Buffer.alloc(64 * 1024);
  for (;;) yield chunk;
}

it("has 499 for a client that goes away within a blob, and no error", async () => {
  const large = content(
    { mediaType: "application/octet-stream", digest: DIGEST, size: 2 ** 40 },
    zeros,
  );
  const { promise, resolve } = Promise.withResolvers<CallRecord>();
  const storage = storeOf(() => Promise.resolve(serveContent(large)));
  const { registry, errors } = await served(storage, { around: createCallWatcher(resolve) });
  const socket = createConnection(Number(new URL(registry.url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write(`GET /v2/app/blobs/${DIGEST} HTTP/1.1\r\nHost: registry\r\n\r\n`);
  await once(socket, "data");
  socket.pause();
  // So that the registry is waiting for room.
  await new Promise((go) => setTimeout(go, 100));
  socket.destroy();
  expect(await promise).toMatchObject({ method: "GET", status: 499 });
  expect(errors).toEqual([]);
});
