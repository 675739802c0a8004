/**
 * A long way to a server on this machine: what goes through takes its time, and no more of it goes at
 * a time than the way, or one connection's share of it, carries. The kernel's own (netem) wants
 * rights and modules; this one shows round trips and rates as well, though no losses.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** The way's properties. */
export interface LinkOptions {
  /** From sending until the answer can be there, in milliseconds. */
  readonly roundTrip: number;
  /** In bytes a second, each direction. */
  readonly rate: number;
  /** In bytes a second, for one connection in each direction: all there is by default. */
  readonly share?: number;
}

/** A way that is open. */
export interface Link {
  /** `127.0.0.1:PORT`, which leads to the server. */
  readonly host: string;
  close(): Promise<void>;
}

/** Opens a way to the port of loopback. */
export async function openLink(port: number, options: LinkOptions): Promise<Link> {
  const sockets = new Set<Socket>();
  const [there, back] = [createLimiter(options.rate), createLimiter(options.rate)];
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      sockets.add(socket.setNoDelay(true));
      socket.on("error", () => other.destroy()).on("close", () => sockets.delete(socket));
    }
    // The handshake takes a round trip, too.
    carry(near, far, there, { ...options, later: options.roundTrip });
    carry(far, near, back, { ...options, later: 0 });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

/** Says when so many bytes have passed, in milliseconds, if they are sent now. */
type Limiter = (bytes: number, now: number) => number;

function createLimiter(rate: number): Limiter {
  let free = 0;
  return (bytes, now) => free = Math.max(free, now) + bytes / rate * 1000;
}

/** So much is on its way at a time, at most, in bytes. */
const WINDOW = 8 * 1024 * 1024;

/** Carries what one socket gives to the other. */
function carry(
  from: Socket,
  to: Socket,
  link: Limiter,
  { roundTrip, rate, share = rate, later }: LinkOptions & { readonly later: number },
): void {
  const own = createLimiter(share);
  const first = performance.now() + later;
  const waiting: { readonly bytes?: Buffer; readonly at: number }[] = [];
  let size = 0;
  let timer: NodeJS.Timeout | undefined;
  const deliver = (): void => {
    timer = undefined;
    while (waiting.length > 0 && waiting[0]!.at <= performance.now()) {
      const { bytes } = waiting.shift()!;
      if (bytes === undefined) to.end();
      else to.write(bytes);
      size -= bytes?.length ?? 0;
    }
    if (size < WINDOW) from.resume();
    if (waiting.length > 0) {
      timer = setTimeout(deliver, Math.max(1, waiting[0]!.at - performance.now()));
    }
  };
  const add = (bytes?: Buffer): void => {
    const now = Math.max(performance.now(), first);
    const length = bytes?.length ?? 0;
    const at = Math.max(link(length, now), own(length, now)) + roundTrip / 2;
    waiting.push({ ...bytes && { bytes }, at });
    if ((size += length) > WINDOW) from.pause();
    timer ??= setTimeout(deliver, Math.max(1, at - performance.now()));
  };
  from.on("data", add).on("end", () => add());
  from.on("close", () => {
    if (from.errored) to.destroy();
  });
}
