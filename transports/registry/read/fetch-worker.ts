/** A thread of `threads.ts`. */
import { closeSync, openSync, writeSync } from "node:fs";
import { runAsWorker } from "../../../src/bytes/flow/worker.ts";
import { type Client, createClient } from "../http/client.ts";
import { WORLD } from "../world.ts";
import { pourRange } from "./range.ts";
import type { DescribedAsk, RangeToFetch } from "./threads.ts";

/** The bytes after which the other thread is told: each time costs both of them a turn. */
const NEWS = 1024 * 1024;

const clients = new Map<string, Client>();

/** Returns a client for the registry, whose connections are used again. */
function clientOf({ client, world }: DescribedAsk): Client {
  const key = JSON.stringify([client, world]);
  const known = clients.get(key) ?? createClient(client, { ...WORLD, ...world });
  clients.set(key, known);
  return known;
}

runAsWorker<RangeToFetch, void, number>(async (range, say, signal) => {
  const { ask, path, from } = range;
  const { url, authorization } = ask;
  const get = (headers: Readonly<Record<string, string>>) =>
    clientOf(ask).send({ method: "GET", url: new URL(url), headers, authorization, signal });
  const file = openSync(path, "r+");
  let at = from;
  let said = from;
  try {
    await pourRange(range, get, (chunk) => {
      signal.throwIfAborted();
      for (let done = 0; done < chunk.length;) {
        done += writeSync(file, chunk, done, chunk.length - done, at + done);
      }
      at += chunk.length;
      if (at - said >= NEWS) say(said = at);
    });
    say(at);
  } finally {
    closeSync(file);
  }
});
