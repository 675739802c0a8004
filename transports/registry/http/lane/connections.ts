/** The connections of a lane: those that wait for their next request, and those that are being made. */
import { type Connect, Connection } from "./connection.ts";

export interface Connections {
  /** Lets a connection wait for its next request. */
  keep(connection: Connection): void;
  /** Takes one that waits, if there is one. */
  take(): Connection | undefined;
  /** Takes one that is being made, or makes one. @throws the error of connecting. */
  open(): Promise<Connection>;
  /** Makes so many, once one stands: that the server is there shows by then. */
  expect(count: number): void;
}

/** The time that a connection waits for its next request, in milliseconds. */
const PATIENCE = 30_000;

/** @param connect makes a connection. */
export function createConnections(connect: Connect): Connections {
  const kept: { readonly connection: Connection; readonly since: number }[] = [];
  const ahead = new Set<Promise<Connection>>();
  let [hasOpened, expected] = [false, 0];
  const keep = (connection: Connection): void => {
    connection.rest();
    kept.push({ connection, since: performance.now() });
  };
  const makeExpected = (): void => {
    for (; hasOpened && expected > 0; expected--) {
      const making = Connection.open(connect);
      ahead.add(making);
      making.then((made) => ahead.delete(making) && keep(made), () => ahead.delete(making));
    }
  };
  return {
    keep,
    take() {
      for (let one = kept.pop(); one !== undefined; one = kept.pop()) {
        const { connection, since } = one;
        if (connection.isOpen && performance.now() - since < PATIENCE) return connection;
        connection.destroy();
      }
      return undefined;
    },
    async open() {
      const [making = Connection.open(connect)] = ahead;
      ahead.delete(making);
      const made = await making;
      hasOpened = true;
      makeExpected();
      return made;
    },
    expect(count) {
      expected = Math.max(0, count - kept.length - ahead.size);
      makeExpected();
    },
  };
}
