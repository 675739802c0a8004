/**
 * Answers before the answer, which servers send without being asked to. undici skips them all but
 * `100 Continue`, at which it breaks off. So each 100 is made one that it skips, before it sees it.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.2
 */
import type { Socket } from "node:net";
import type { buildConnector } from "undici";

/** Makes a connection, as undici asks for it. */
export type Connector = buildConnector.connector;

/** Lets connections that are made this way bear `100 Continue`. */
export function acceptContinue(connect: Connector): Connector {
  return (target, callback) =>
    connect(target, (...made) => {
      if (made[1]) changeContinue(made[1]);
      callback(...made);
    });
}

/** Changes what undici reads from the socket. */
function changeContinue(socket: Socket): void {
  const { write, read } = socket;
  const heads = createHeadScanner();
  // undici writes a request's head as one text, and none before the answer to the last is over.
  socket.write = function (this: Socket, ...sent: unknown[]): boolean {
    if (typeof sent[0] === "string" && sent[0].includes(" HTTP/1.1\r\n")) heads.begin();
    return write.apply(this, sent as Parameters<typeof write>);
  };
  socket.read = function (this: Socket, size?: number): Buffer | null {
    const bytes: Buffer | null = read.call(this, size);
    if (bytes !== null) heads.change(bytes);
    return bytes;
  };
}

// All informational answers begin so; what follows are the second and third digit of the status.
const START = Buffer.from("HTTP/1.1 1");
const LAST_DIGIT = START.length + 1;
const END = Buffer.from("\r\n\r\n");
const [ZERO, TWO] = Buffer.from("02");

interface HeadScanner {
  /** An answer is to come. */
  begin(): void;
  /** Makes 102 of every 100 before the answer, however the bytes are cut. */
  change(bytes: Buffer): void;
}

function createHeadScanner(): HeadScanner {
  let isBefore = false;
  let at = 0; // in the head; after the status, how much of its end has come
  const step = (byte: number): number => {
    if (at < START.length) return byte === START[at] ? at + 1 : -1;
    if (at <= LAST_DIGIT) return at + 1;
    const matched = at - LAST_DIGIT - 1;
    if (byte !== END[matched]) return LAST_DIGIT + (byte === END[0] ? 2 : 1);
    return matched === END.length - 1 ? 0 : at + 1;
  };
  return {
    begin() {
      isBefore = true;
      at = 0;
    },
    change(bytes) {
      for (let i = 0; isBefore && i < bytes.length; i++) {
        if (at === LAST_DIGIT && bytes[i] === ZERO) bytes[i] = TWO!;
        at = step(bytes[i]!);
        isBefore = at >= 0;
      }
    },
  };
}
