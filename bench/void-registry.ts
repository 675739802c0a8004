/** A registry that takes everything and keeps nothing, and has as many tags as are wanted. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** It runs. */
export interface VoidRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  close(): Promise<void>;
}

/** Tags on a page, as many as the real one gives. */
const PAGE = 1000;

/** Starts it. @param tags the number of tags of each repository. */
export async function startVoidRegistry(tags = 0): Promise<VoidRegistry> {
  const server = createServer((request, response) => void answer(request, response, tags));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, tags: number) {
  const url = new URL(request.url!, "http://void");
  request.resume();
  if (!request.complete) await once(request, "end");
  const send = (status: number, headers: Record<string, string> = {}, body = ""): void => {
    response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
    response.end(body);
  };
  const { method, headers } = request;
  if (url.pathname.endsWith("/tags/list")) {
    const from = Number(url.searchParams.get("last")?.slice(1) ?? -1) + 1;
    const names = Array.from({ length: Math.min(PAGE, tags - from) }, (_, i) => nameOf(from + i));
    const next = `<${url.pathname}?n=${PAGE}&last=${names.at(-1)}>; rel="next"`;
    const link: Record<string, string> = from + names.length < tags ? { link: next } : {};
    return send(
      200,
      { "content-type": "application/json", ...link },
      JSON.stringify({ tags: names }),
    );
  }
  if (url.pathname === "/v2/") return send(200);
  if (method === "POST") return send(202, { location: `${url.pathname}1` });
  if (method === "PATCH") {
    const last = headers["content-range"]?.split("-")[1] ?? Number(headers["content-length"]) - 1;
    return send(202, { location: url.pathname, range: `0-${last}` });
  }
  if (method === "PUT") return send(201, { location: "/v2/void/blobs/one" });
  send(404);
}

function nameOf(number: number): string {
  return `v${String(number).padStart(7, "0")}`;
}
