/** Shows the page at an address of this machine: `nixoci explore --serve`. */
import { once } from "node:events";
import { reasonOf } from "../../../base/errors.ts";
import { listen } from "../../../serve/listen.ts";
import type { RegistryAnswer, RegistryCall } from "../../../serve/call.ts";
import { readListenAddress } from "../../reference/address.ts";
import type { Io } from "../../kit/io.ts";
import { createExplorer, type ExploreFlags, type Explorer } from "./run.ts";

/** Serves until a signal comes. */
export async function servePage(
  source: string,
  second: string | undefined,
  { listen: address = "0", ...flags }: ExploreFlags & { readonly listen?: string | undefined },
  io: Io,
): Promise<void> {
  const { host, port } = readListenAddress(address);
  const readPage = createPageReader(createExplorer(source, second, flags, io));
  await readPage(); // what is wrong with the image is told here, not in the browser
  const server = await listen((call) => answerCall(call, readPage), { host, port });
  io.print({ url: server.url }, () => [`showing it at ${server.url}/`]);
  if (!io.signal.aborted) await once(io.signal, "abort");
  await server.stop({ grace: 0 });
}

/** Reads the page, which is made anew when an image has become another. One at a time. */
function createPageReader(explorer: Explorer): () => Promise<string> {
  let kept: { readonly digests: string; readonly page: string } | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const read = async (): Promise<string> => {
    const digests = (await explorer.readDigests()).join();
    if (kept?.digests !== digests) kept = { digests, page: await explorer.makePage() };
    return kept.page;
  };
  return () => {
    const page = last.then(read, read);
    last = page;
    return page;
  };
}

const PLAIN = { "content-type": "text/plain; charset=utf-8" };

async function answerCall(
  { method, url, headers }: RegistryCall,
  readPage: () => Promise<string>,
): Promise<RegistryAnswer> {
  const answer = (status: number, text: string) => ({
    status,
    headers: PLAIN,
    body: Buffer.from(`${text}\n`),
  });
  // A page elsewhere whose name leads here must not read it.
  if (!isOwnName(headers.host)) return answer(421, "this server has no such name");
  if (url.pathname !== "/") return answer(404, "there is one page, at /");
  if (method !== "GET" && method !== "HEAD") return answer(405, "the page can be read");
  try {
    const body = Buffer.from(await readPage());
    const length = String(body.length);
    return {
      status: 200,
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-length": length,
        "cache-control": "no-store",
      },
      body,
    };
  } catch (error) {
    return answer(502, reasonOf(error));
  }
}

/** Tells whether a request names this machine as its user does: by an address, or as localhost. */
function isOwnName(host = ""): boolean {
  const name = host.replace(/:\d+$/, "");
  return name === "localhost" || /^[\d.]+$|^\[[\da-f:.]+\]$/i.test(name);
}
