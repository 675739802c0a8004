/** Servers that speak what no HTTP library would: on a port of loopback, gone with the test. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface TcpServer {
  /** `127.0.0.1:PORT`, for references. */
  readonly host: string;
  readonly port: number;
  /** How many connections were made. */
  readonly connections: number;
}

/** Does with each connection what `meet` does. */
export async function startTcpServer(meet: (socket: Socket) => void): Promise<TcpServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    meet(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    port,
    get connections() {
      return connections;
    },
  };
}

/** Connects the socket with a server; `first` are bytes that have been read from it. */
export function joinWithServer(socket: Socket, port: number, first?: Uint8Array): Socket {
  const upstream = connect(port, "127.0.0.1");
  upstream.on("error", () => socket.destroy()).on("close", () => socket.destroy());
  socket.on("close", () => upstream.destroy());
  if (first) upstream.write(first);
  socket.pipe(upstream).pipe(socket);
  return upstream;
}

/** Stands before a server and sends more than it does, before each of its answers. */
export async function startHastyServer(port: number, more: string): Promise<TcpServer> {
  return await startTcpServer((socket) => {
    joinWithServer(socket, port);
    socket.on("data", (bytes) => / HTTP\/1\.1\r\n/.test(bytes.toString()) && socket.write(more));
  });
}
