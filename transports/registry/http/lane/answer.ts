/** A plain answer as it comes: read into lent buffers, and poured from them. */
import { returnBuffer } from "../../../../src/bytes/pool.ts";
import type { Receiver } from "../../../../src/bytes/stream.ts";
import type { Clock } from "../../../lib/http/clock.ts";
import { canBegin, parsePlainHead, type PlainHead } from "./head.ts";

/** The size from which a head is not plain, in bytes. */
const MAX_HEAD = 32 * 1024;

const END = "\r\n\r\n";

/** The needs of an answer: a clock, and the connection that it comes over. */
export interface Supply {
  /** Runs while the server is being waited for. */
  readonly clock: Clock;
  /** Lets more be read after {@link Answer.take} has returned `false`. */
  more(): void;
  /** Says what went wrong with the connection. */
  explain(error: unknown): unknown;
}

/** Takes an answer in, and gives its body to one receiver. Knows no socket. */
export class Answer {
  /** The head; `undefined` when the answer is not plain. */
  readonly head = Promise.withResolvers<PlainHead | undefined>();
  /** Resolves when the receiver has had the whole body. */
  readonly over = Promise.withResolvers<void>();
  /** A byte of it has come. */
  hasBegun = false;
  /** The server has sent more than it said. */
  hasSurplus = false;
  readonly #method: string;
  readonly #supply: Supply;
  readonly #waiting: Buffer[] = [];
  #start = "";
  #left: number | undefined;
  #receive: Receiver | undefined;
  #isBusy = false;
  #failure: { readonly error: unknown } | undefined;

  /** @param method of the request. */
  constructor(method: string, supply: Supply) {
    this.#method = method;
    this.#supply = supply;
    for (const { promise } of [this.head, this.over]) promise.catch(() => {});
    supply.clock.wait();
  }

  /** Takes what was read into a lent buffer, which is its own now; `false` when that is enough. */
  take(read: Buffer): boolean {
    if (!this.hasBegun) this.#supply.clock.measure();
    this.hasBegun = true;
    this.#supply.clock.refresh(read.length);
    const body = this.#left === undefined ? this.#takeHead(read) : read;
    if (this.#left === undefined || body === undefined) return this.#start !== "";
    this.hasSurplus ||= body.length > this.#left;
    const own = body.subarray(0, this.#left);
    this.#left -= own.length;
    if (own.length > 0) this.#waiting.push(own);
    else returnLent(read); // a head alone, as most answers are
    return this.#advance();
  }

  /** Gives the body to the receiver; to be called once. */
  pour(receive: Receiver): Promise<void> {
    this.#receive = receive;
    if (this.#advance()) this.#supply.more();
    return this.over.promise;
  }

  /** Nothing more comes, for a fault of the connection; what has come is given first. */
  fail(fault: unknown): void {
    this.#failure ??= { error: this.#supply.explain(fault) };
    this.head.reject(this.#failure.error);
    this.#advance();
  }

  /** Takes bytes of the head; returns those of the body that come with its end. */
  #takeHead(read: Buffer): Buffer | undefined {
    const before = this.#start.length;
    const near = read.subarray(0, MAX_HEAD);
    const last = near.indexOf(END); // what is behind it is not text
    this.#start += near.toString("latin1", 0, last < 0 ? near.length : last + END.length);
    const end = this.#start.indexOf(END);
    if (end < 0 && this.#start.length < MAX_HEAD && canBegin(this.#start)) {
      returnLent(read);
      return undefined;
    }
    const head = end < 0 ? undefined : parsePlainHead(this.#start.slice(0, end), this.#method);
    this.#start = "";
    this.#left = head?.length;
    this.#supply.clock.rest();
    this.#supply.clock.measure();
    this.head.resolve(head);
    return head && read.subarray(end + END.length - before);
  }

  /** Gives what has come, as far as the receiver takes it; tells whether more is wanted. */
  #advance(): boolean {
    const { clock } = this.#supply;
    while (this.#receive !== undefined && !this.#isBusy && this.#waiting.length > 0) {
      this.#give(this.#receive, this.#waiting.shift()!);
    }
    if (this.#waiting.length > 0 || this.#isBusy) return false;
    if (this.#left === 0) this.over.resolve();
    else if (this.#failure !== undefined) this.over.reject(this.#failure.error);
    else if (this.#receive !== undefined) clock.wait();
    return this.#receive !== undefined;
  }

  #give(receive: Receiver, bytes: Buffer): void {
    const done = (): void => returnLent(bytes);
    try {
      const taking = receive(bytes);
      if (taking === undefined) return done();
      this.#isBusy = true;
      this.#supply.clock.rest();
      taking.then(() => {
        done();
        this.#isBusy = false;
        if (this.#advance()) this.#supply.more();
      }, (error) => this.over.reject(error));
    } catch (error) {
      this.#isBusy = true; // nothing more is given
      this.over.reject(error);
    }
  }
}

/** Returns the lent buffer that the bytes are in. */
function returnLent(bytes: Buffer): void {
  returnBuffer(Buffer.from(bytes.buffer));
}
