/** Requests to an engine, and what its answers say. */
import { type ByteStream, collectStream } from "../../src/bytes/stream.ts";
import { NixociError, wrapError } from "../../src/base/errors.ts";
import { sanitizeReply } from "../../src/base/text.ts";
import type { Answer, Engine } from "./engine.ts";

// Lists of images may be long; errors are not.
const MAX_ANSWER = 32 * 1024 * 1024;
const MAX_ERROR = 1024 * 1024;

/**
 * Asks the engine a question and returns its answer, as JSON; `undefined` when it knows no such thing.
 * @throws NixociError `NETWORK`, `REFUSED` with the engine's own words, `MALFORMED`.
 */
export async function askEngine(engine: Engine, path: string): Promise<unknown> {
  const { status, body } = await sendRequest(engine, "GET", path);
  if (status === 200) return parse(engine, path, await collectStream(body, MAX_ANSWER, path));
  const message = await readError(body);
  if (status === 404) return undefined;
  throw refusalOf(engine, message ?? `it answers ${status} to ${path}`);
}

function parse(engine: Engine, path: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new NixociError("MALFORMED", `${engine.name} answers ${path} with what is not JSON`, {
      cause,
      hint: "see whether it is an engine, and not something before it, that answers there",
    });
  }
}

/** Sends a request; failures to do so name the engine. */
export async function sendRequest(
  engine: Engine,
  method: "GET" | "POST",
  path: string,
  body?: ByteStream,
): Promise<Answer> {
  try {
    return await engine.request(method, path, body);
  } catch (error) {
    throw wrapError(error, `Cannot talk to ${engine.name}`);
  }
}

/** Reads what an engine says went wrong: `{"message": …}`, in one line. */
export async function readError(body: ByteStream): Promise<string | undefined> {
  const text = (await collectStream(body, MAX_ERROR, "the engine's answer")).toString("utf8");
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? sanitizeReply(message) : undefined;
  } catch {
    return text.trim() === "" ? undefined : sanitizeReply(text);
  }
}

/** Returns the error that an engine said no. */
export function refusalOf(engine: Engine, message: string): NixociError {
  return new NixociError("REFUSED", `${engine.name} says: ${message}`);
}
