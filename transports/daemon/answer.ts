/** Requests to an engine, and what its answers say. */
import { NixociError, wrapError } from "../../src/base/errors.ts";
import { redactReply } from "../../src/base/text.ts";
import type { Reply, RequestBody } from "../lib/http/exchange.ts";
import type { Engine, EngineMethod } from "./engine.ts";

// Lists of images may be long; errors are not.
const MAX_ANSWER = 32 * 1024 * 1024;
const MAX_ERROR = 1024 * 1024;

/**
 * Asks the engine a question and returns its answer, as JSON; `undefined` when it knows no such thing.
 * @throws NixociError `NETWORK`, `REFUSED` with the engine's own words, `MALFORMED`.
 */
export async function askEngine(engine: Engine, path: string): Promise<unknown> {
  const reply = await sendRequest(engine, "GET", path);
  const { status } = reply;
  if (status === 200) return parse(engine, path, await reply.bytes(MAX_ANSWER));
  const message = await readError(reply);
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
  method: EngineMethod,
  path: string,
  body?: RequestBody,
): Promise<Reply> {
  try {
    return await engine.request(method, path, body);
  } catch (error) {
    throw wrapError(error, `Cannot talk to ${engine.name}`);
  }
}

/** Reads what an engine says went wrong: `{"message": …}`, in one line. */
export async function readError(reply: Reply): Promise<string | undefined> {
  const text = (await reply.bytes(MAX_ERROR)).toString("utf8");
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? redactReply(message) : undefined;
  } catch {
    return text.trim() === "" ? undefined : redactReply(text);
  }
}

/** Returns the error that an engine said no. */
export function refusalOf(engine: Engine, message: string): NixociError {
  return new NixociError("REFUSED", `${engine.name} says: ${message}`);
}
