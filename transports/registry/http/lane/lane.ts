/**
 * A lane beside the ordinary way: requests whose length is known, and answers that are plain. They
 * are read from the socket into lent buffers and poured, and bodies are poured into the socket, which
 * takes half of the time that streams take, and on Deno holds no more memory than on Node. All else
 * is asked in the ordinary way, again if need be. A body is sent where answers have been plain.
 */
import type { Lane, LaneOptions } from "../../../lib/http/exchange.ts";
import { waitUnlessAborted } from "../pace.ts";
import { answeredOf, ask } from "./ask.ts";
import type { Connect, Connection } from "./connection.ts";
import { createConnections } from "./connections.ts";

/** Creates a lane over connections of its own, which close with their sockets. */
export function createLane(connect: Connect): Lane {
  const { take, keep, expect, ...connections } = createConnections(connect);
  let isPlain = true;
  let hasShown = false;

  const open = async ({ signal, explain }: LaneOptions): Promise<Connection> => {
    const opening = connections.open();
    try {
      await waitUnlessAborted(opening, signal);
      return await opening;
    } catch (error) {
      opening.then(keep, () => {}); // it may still come, and serve another request
      throw signal?.aborted ? error : explain(error);
    }
  };
  return {
    expect,
    async send(request, how) {
      // A body may be one that is sent only once.
      while (isPlain && (hasShown || !how.body)) {
        const used = take();
        const connection = used ?? await open(how);
        const asked = ask(connection, request, how);
        const { answer, sending } = asked;
        const close = (): void => connection.destroy();
        try {
          const head = await answer.head.promise;
          if (head === undefined) {
            isPlain = false;
            close();
            if (sending) throw how.explain(new Error(ODD));
            break;
          }
          hasShown = true;
          const finish = async (): Promise<void> => {
            if (head.status < 300) await sending?.over;
            const isLast = head.isLast || answer.hasSurplus || sending?.isWhole === false;
            if (isLast) close();
            else keep(connection);
          };
          answer.over.promise.then(finish, close);
          return answeredOf(how.host, head, asked, connection);
        } catch (error) {
          close();
          await sending?.over;
          // The server may have hung up while nothing was asked.
          const isStale = used !== undefined && !answer.hasBegun && !asked.isGivenUp;
          if (!isStale || sending) throw error;
        }
      }
      return undefined;
    },
  };
}

/** The failure of a request that is sent again in the ordinary way, by who knows how far it came. */
const ODD = "the answer is one that is read in another way";
