/** The ways in which the test registry can be made to fail at a request. */
import type { Around, RegistryAnswer, RegistryCall } from "../../../src/serve/call.ts";
import { type ByteStream, streamBytes } from "../../../src/bytes/stream.ts";
import { type Answer, asAnswer, withHeaders } from "./answer.ts";

/** What goes wrong with one request. Several may be combined. */
export interface Fault {
  /** Answer so, and do nothing else. */
  readonly answer?: Answer;
  /** Break the connection instead of answering. */
  readonly reset?: boolean;
  /** Break it after so many bytes of the answer's body. */
  readonly resetAfter?: number;
  /** Send so many bytes of the answer's body, and then nothing more. */
  readonly stallAfter?: number;
  /** Of an upload's body keep only so many bytes, and answer as if that were all. */
  readonly accept?: number;
  /** Of an upload's body keep so many bytes, and break the connection. */
  readonly cutAfter?: number;
  /** The status in place of the answer's. */
  readonly status?: number;
  /** Headers that replace those of the answer; `""` removes one. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Wait before anything is done, in milliseconds. */
  readonly delay?: number;
  /** Do it, but break the connection where the answer would be. */
  readonly forget?: boolean;
}

const NOTHING: RegistryAnswer = { status: 500 };

/** Stands around the registry and spoils a call as the fault says. */
export function spoil(fault: Fault): Around {
  return async (call, next) => {
    if (fault.delay) await new Promise((resolve) => setTimeout(resolve, fault.delay));
    if (fault.reset) return breakOff(call);
    const answer = fault.answer
      ? asAnswer(fault.answer)
      : await next({ ...call, body: spoiltBody(call, fault) });
    if (fault.forget) return breakOff(call);
    const { status = answer.status, headers = {} } = fault;
    return spoiltAnswer(call, withHeaders({ ...answer, status }, headers), fault);
  };
}

function breakOff(call: RegistryCall): RegistryAnswer {
  call.abort();
  return NOTHING;
}

/** The first bytes of the request, and then either no more or a broken connection. */
async function* spoiltBody(call: RegistryCall, { accept, cutAfter }: Fault): ByteStream {
  let left = accept ?? cutAfter ?? Infinity;
  for await (const chunk of call.body) {
    const part = chunk.subarray(0, left);
    left -= part.length;
    if (part.length > 0) yield part;
    if (left === 0 && cutAfter !== undefined) {
      call.abort();
      throw new Error("cut off");
    }
  }
}

function spoiltAnswer(call: RegistryCall, answer: RegistryAnswer, fault: Fault): RegistryAnswer {
  const { headers = {}, body = new Uint8Array() } = answer;
  const end = fault.resetAfter ?? fault.stallAfter;
  if (end === undefined) return answer;
  const length = body instanceof Uint8Array ? `${body.length}` : headers["content-length"];
  return {
    ...answer,
    headers: { "content-length": length, ...headers },
    body: cutStream(
      body instanceof Uint8Array ? streamBytes(body) : body,
      end,
      () => fault.stallAfter === undefined ? later() : goneFrom(call),
    ),
  };
}

async function* cutStream(stream: ByteStream, end: number, wait: () => Promise<void>): ByteStream {
  let left = end;
  for await (const chunk of stream) {
    if (left > 0) yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) break;
  }
  await wait();
  throw new Error("cut off");
}

/** Until what was written is surely on its way. */
function later(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

/** Until the client has given up. */
function goneFrom({ signal }: RegistryCall): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}
