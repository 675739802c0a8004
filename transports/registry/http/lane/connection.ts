/** A connection that is read into lent buffers, without a stream: one answer after another. */
import type { OnReadOpts, Socket } from "node:net";
import { lendBuffer, returnBuffer } from "../../../../src/bytes/pool.ts";
import { CHUNK_SIZE } from "../../../../src/bytes/stream.ts";
import type { Answer } from "./answer.ts";

/** The code of the error when the server hangs up. */
const CLOSED = "CLOSED";

/** Connects; what is read goes where it says. */
export type Connect = (onread: OnReadOpts) => Promise<Socket>;

/** A connection on which one answer at a time is waited for. */
export class Connection {
  readonly #socket: Socket;
  readonly #reading: Reading;
  /** The head of a request that goes out with the first bytes of its body. */
  #head: Uint8Array | undefined;

  private constructor(socket: Socket, reading: Reading) {
    this.#socket = socket;
    this.#reading = reading;
    reading.surprise = () => socket.destroy();
    const end = (error: unknown = closedError()): void => reading.answer?.fail(error);
    socket.on("error", end).on("end", () => end()).on("close", () => end());
  }

  /** @throws the error of connecting. */
  static async open(connect: Connect): Promise<Connection> {
    const reading: Reading = { answer: undefined, surprise: () => {} };
    return new Connection(await connect(readInto(reading)), reading);
  }

  /** Tells whether another request can be sent. */
  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.readable && this.#socket.writable;
  }

  /** Sends the head of a request, whose answer goes there; one with a body waits for that. */
  ask(head: Uint8Array, answer: Answer, hasBody: boolean): void {
    this.#reading.answer = answer;
    this.#socket.ref();
    this.#head = head;
    if (!hasBody) this.begin();
    this.more();
  }

  /** Sends the head, if it still waits. */
  begin(): void {
    if (this.#head !== undefined) this.#socket.write(this.#head);
    this.#head = undefined;
  }

  /**
   * Writes bytes of a request's body; when it resolves, the buffer is the caller's again.
   * @throws when the connection is closed, of which the answer hears, too.
   */
  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#socket.cork(); // one call of the system for both
      this.begin();
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve());
      this.#socket.uncork();
    });
  }

  /** The answer is over; the connection waits for the next one, but no process waits for it. */
  rest(): void {
    this.#reading.answer = undefined;
    this.#socket.unref();
    this.more(); // so that its end shows
  }

  /** Reads on. */
  more(): void {
    this.#socket.resume();
  }

  /** Closes it; the answer fails of the reason. */
  destroy(reason: unknown = closedError()): void {
    this.#reading.answer?.fail(reason);
    this.#socket.destroy();
  }
}

/** The receiver of what is read. */
interface Reading {
  answer: Answer | undefined;
  /** Is told of bytes that nobody asked for. */
  surprise(): void;
}

/** Lends the buffers that are read into; the answer gets them with their bytes. */
function readInto(reading: Reading): OnReadOpts {
  let filling: Buffer | undefined;
  return {
    buffer: () => filling ??= lendBuffer(CHUNK_SIZE),
    callback(size) {
      const read = filling!.subarray(0, size);
      filling = undefined;
      if (reading.answer !== undefined) return reading.answer.take(read);
      returnBuffer(Buffer.from(read.buffer));
      reading.surprise();
      return false;
    },
  };
}

function closedError(): Error {
  return Object.assign(new Error("the connection was closed"), { code: CLOSED });
}
