/**
 * Whether a registry speaks TLS, asked without trusting the answer further than that.
 *
 * Docker and skopeo try HTTPS and then HTTP, which costs a TLS context. We send one record that is
 * no good as a handshake and no good as a request: a TLS server answers with an alert or hangs up,
 * an HTTP server with `HTTP/1.1 400`. Only the latter proves that it speaks plain HTTP.
 */
import { connect } from "node:net";

// A handshake record whose body is a line, so that servers which read lines see one.
const LINE = Buffer.from("\r\n\r\n");
const RECORD = Buffer.concat([Buffer.from([0x16, 0x03, 0x01, 0x00, LINE.length]), LINE]);

/** What listens: `http` for certain, `other` (TLS, in all likelihood), or nothing at all. */
export type Listener = "http" | "other" | "nothing";

/** Asks what listens at the port of the host. */
export function listenerAt(host: string, port: number, patience: number): Promise<Listener> {
  return new Promise((resolve) => {
    let found: Listener = "nothing";
    const socket = connect({ host, port });
    const done = (): void => {
      socket.destroy();
      resolve(found);
    };
    socket.setTimeout(Math.min(patience, 5_000), done);
    socket.on("connect", () => {
      found = "other";
      socket.write(RECORD);
    });
    socket.on("data", (bytes) => {
      if (bytes.toString("latin1").startsWith("HTTP/")) found = "http";
      done();
    });
    socket.on("error", done).on("close", done);
  });
}
