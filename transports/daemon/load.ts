/** `POST /images/load`: an archive that the engine reads while it is being written. */
import type { Compression } from "../../src/bytes/detect.ts";
import type { Output } from "../../src/bytes/output.ts";
import { NixociError } from "../../src/base/errors.ts";
import { redactReply } from "../../src/base/text.ts";
import { formatReference, type ImageReference } from "../../src/image/reference.ts";
import type { SideOptions } from "../../src/image/transport.ts";
import type { Reply } from "../lib/http/exchange.ts";
import { createArchiveWriter } from "../lib/archive/write.ts";
import type { NamedImage } from "../lib/docker-archive/accept.ts";
import { createImageWriter, type ImageWriter } from "../lib/docker-archive/write.ts";
import { createPipe } from "../../src/bytes/flow/pipe.ts";
import { readError, refusalOf, sendRequest } from "./answer.ts";
import type { Engine } from "./engine.ts";

/** Images on their way into an engine; the request begins with the first layer. */
export interface Load extends AsyncDisposable {
  readonly put: ImageWriter["put"];
  /** Sends the rest; resolves when the engine has loaded the images. */
  finish(images: readonly NamedImage<ImageReference>[]): Promise<void>;
}

/**
 * Begins a load. Layers are sent as they come where the engine reads them so.
 * @throws from both methods, NixociError `REFUSED` with the engine's words, `NETWORK`.
 */
export function beginLoad(engine: Engine, { scratch, signal }: SideOptions): Load {
  const archive = createArchiveWriter(() => Promise.resolve(openLoad(engine, signal)), { scratch });
  const writer = createImageWriter(archive, { keep: compressionsOf(engine), modern: true });
  return {
    put: writer.put,
    // In full: Docker shortens names as it always does, and Podman would take them for localhost's.
    finish: (images) =>
      writer.finish(images.map(({ image, names }) => ({
        image,
        names: names.map(formatReference),
      }))),
    [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose](),
  };
}

/** Returns the compressions in which engines take layers; Docker has zstd since 23 (API 1.42). */
function compressionsOf({ isPodman, version: [major, minor] }: Engine): Compression[] {
  return isPodman || major > 1 || minor >= 42 ? ["gzip", "zstd"] : ["gzip"];
}

/**
 * Opens an output that an engine loads images from. Writing fails as soon as the engine has refused it;
 * committing waits until the engine says that it is done.
 */
function openLoad(engine: Engine, signal?: AbortSignal): Output {
  const { stream, write, end, fail } = createPipe();
  // Without `return`: when the engine takes no more, `loaded` says why.
  const { next } = stream[Symbol.asyncIterator]();
  const body = { open: () => ({ [Symbol.asyncIterator]: () => ({ next }) }) };
  let ended = false;
  const stop = () => fail(signal!.reason);
  signal?.addEventListener("abort", stop);
  const loaded = (async () => {
    const reply = await sendRequest(engine, "POST", "/images/load?quiet=1", body);
    const { status } = reply;
    if (status !== 200) throw refusalOf(engine, await readError(reply) ?? `it answers ${status}`);
    await checkProgress(engine, reply);
    if (!ended) throw refusalOf(engine, "done, before it had been sent everything");
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

const MAX_PROGRESS = 1024 * 1024;

/** Engines report failure in the body of an answer that says 200: JSON values, line by line. */
async function checkProgress(engine: Engine, reply: Reply): Promise<void> {
  const text = (await reply.bytes(MAX_PROGRESS)).toString("utf8");
  for (const line of text.split("\n").filter((line) => line.trim() !== "")) {
    const { error, errorDetail } = parseLine(line);
    const message = errorDetail?.message ?? error;
    if (message !== undefined) throw refusalOf(engine, redactReply(String(message)));
  }
}

function parseLine(line: string): { error?: unknown; errorDetail?: { message?: unknown } } {
  try {
    return JSON.parse(line) ?? {};
  } catch {
    return { error: `something that is not JSON: ${line}` };
  }
}
