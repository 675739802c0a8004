/**
 * Finds out whether a registry speaks TLS, without trusting the answer further than that.
 *
 * Docker and skopeo try HTTPS and then HTTP, which costs a TLS context. We send one record that is
 * no good as a handshake and no good as a request: a TLS server answers with an alert or hangs up,
 * an HTTP server with `HTTP/1.1 400`, or, like Python's, with a page that has no status line.
 */
import { connect } from "node:net";
import { isSystemError } from "../../../src/base/errors.ts";

// A handshake record whose body is a line, so that servers which read lines see one.
const LINE = Buffer.from("\r\n\r\n");
const RECORD = Buffer.concat([Buffer.from([0x16, 0x03, 0x01, 0x00, LINE.length]), LINE]);

// What the records of a TLS server's answer begin with: an alert, or a handshake.
const TLS_RECORDS = [0x15, 0x16];

/**
 * The kind of listener: `http` (it answers, and not as TLS does), `tls`, `unknown` (it hangs up, or says
 * nothing in time), or nothing.
 */
export type Listener = "http" | "tls" | "unknown" | "nothing";

/** Asks what listens at the port of the host. */
export function detectListener(host: string, port: number, patience: number): Promise<Listener> {
  return new Promise((resolve) => {
    let found: Listener = "nothing";
    const socket = connect({ host, port });
    const done = (): void => {
      socket.destroy();
      resolve(found);
    };
    socket.setTimeout(Math.min(patience, 5_000), done);
    socket.on("connect", () => {
      found = "unknown";
      socket.write(RECORD);
    });
    socket.on("data", (bytes: Buffer) => {
      found = TLS_RECORDS.includes(bytes[0]!) ? "tls" : "http";
      done();
    });
    socket.on("error", (error) => {
      if (isSystemError(error, "ECONNRESET")) found = "unknown"; // before we knew of the connection
      done();
    });
    socket.on("close", done);
  });
}
