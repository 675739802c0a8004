/** `POST /images/load`: an archive that the engine reads while it is being written. */
import type { ByteStream } from "../../src/bytes/stream.ts";
import { collect } from "../../src/bytes/stream.ts";
import { NixociError } from "../../src/errors.ts";
import type { Output } from "../lib/archive/output.ts";
import { pipe } from "../lib/pipe.ts";
import { type Engine, errorIn, oneLine, refused, send } from "./engine.ts";

/**
 * An output that an engine loads images from. Writing fails as soon as the engine has refused it;
 * committing waits until the engine says that it is done.
 * @throws from `write` and `commit`, NixociError `REFUSED` with the engine's words, `NETWORK`.
 */
export function loadInto(engine: Engine, signal?: AbortSignal): Output {
  const { stream, write, end, fail } = pipe();
  let ended = false;
  const stop = () => fail(signal!.reason);
  signal?.addEventListener("abort", stop);
  const loaded = (async () => {
    const { status, body } = await send(engine, "POST", "/images/load?quiet=1", copied(stream));
    if (status !== 200) throw refused(engine, await errorIn(body) ?? `it answers ${status}`);
    await checkProgress(engine, body);
    if (!ended) throw refused(engine, "done, before it had been sent everything");
  })();
  loaded.catch(fail);
  return {
    write,
    async commit() {
      ended = true;
      end();
      await loaded;
    },
    async [Symbol.asyncDispose]() {
      signal?.removeEventListener("abort", stop);
      fail(new NixociError("CANCELLED", "the load was broken off"));
      await loaded.catch(() => {});
    },
  };
}

/** undici may still be sending a chunk when it asks for the next: it gets chunks of its own. */
async function* copied(stream: ByteStream): ByteStream {
  for await (const chunk of stream) yield Buffer.from(chunk);
}

const MAX_PROGRESS = 1024 * 1024;

/** Engines report failure in the body of an answer that says 200: JSON values, line by line. */
async function checkProgress(engine: Engine, body: ByteStream): Promise<void> {
  const text = (await collect(body, MAX_PROGRESS, "the engine's report")).toString("utf8");
  for (const line of text.split("\n").filter((line) => line.trim() !== "")) {
    const { error, errorDetail } = parse(line);
    const message = errorDetail?.message ?? error;
    if (message !== undefined) throw refused(engine, oneLine(String(message)));
  }
}

function parse(line: string): { error?: unknown; errorDetail?: { message?: unknown } } {
  try {
    return JSON.parse(line) ?? {};
  } catch {
    return { error: `something that is not JSON: ${line}` };
  }
}
