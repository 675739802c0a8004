/** Content at a URL outside any registry: over the same connections, proxies and retries. */
import { NixociError } from "../../src/base/errors.ts";
import type { ByteStream } from "../../src/bytes/stream.ts";
import { createClient } from "./http/client.ts";
import { isAnswered } from "./http/failure.ts";
import { readRefusal } from "./http/refusal.ts";
import { runWithRetries } from "./http/retry.ts";
import { createSessionOptions } from "./open.ts";
import type { RegistrySideOptions } from "./options.ts";
import { WORLD, type World } from "./world.ts";

/**
 * Fetches a URL as nobody. What may pass is tried again, as registries are, with `retry` and `minRate`.
 * @param read gets the bytes; begins anew with each try.
 * @throws NixociError `USAGE` for what is not a web address, `NOT_FOUND` for 404, `AUTH`, `NETWORK`,
 * `REFUSED`; what `read` throws.
 */
export async function fetchUrl<T>(
  text: string,
  read: (bytes: ByteStream) => Promise<T>,
  options: RegistrySideOptions = {},
  world: World = WORLD,
): Promise<T> {
  const url = parseWebAddress(text);
  const { signal, retries, minRate, onNotice } = createSessionOptions(options, false, world);
  const client = createClient({
    host: url.host,
    names: [],
    verify: true,
    signal,
    minRate,
    // Such servers send HTTP's own chunks, mostly, for which the lane has to ask twice.
    takesLane: false,
  }, world);
  try {
    return await runWithRetries(world, { signal, retries, onNotice }, async () => {
      const reply = await client.send({ method: "GET", url, signal });
      if (reply.status === 200) return await read(reply.stream());
      throw await readRefusal(reply, world.now(), [], undefined);
    });
  } catch (error) {
    throw isAnswered(error) ? error.withHint(hintOf(error.status!)) : error;
  } finally {
    client.close();
  }
}

/** Returns what to do about an answer of a web server. */
function hintOf(status: number): string {
  if (status === 401 || status === 403) return "what only some may read, a command can fetch";
  if (status === 429) return "it limits how often it may be asked: ask less often";
  if (status >= 500) return "the server, or a proxy before it, fails: try again later";
  return "look at what it answers: it may have moved";
}

function parseWebAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === "http:" || url?.protocol === "https:";
  if (!isWeb) throw new NixociError("USAGE", `${JSON.stringify(text)} is not a web address`);
  if (url.username === "" && url.password === "") return url;
  throw new NixociError("USAGE", `the address at ${url.host} has a user in it`, {
    hint: "what only some may read, a command can fetch",
  });
}
