/** Getting to know a registry: what is spoken there, and that its first answer comes to one alone. */
import { isLoopback } from "./http/addresses.ts";
import type { Client } from "./http/client.ts";
import { isAnswered } from "./http/failure.ts";
import { isBroken, isNoHttp, isNoTls, isProxysNo, neitherError } from "./http/network-error.ts";
import { waitUnlessAborted } from "./http/pace.ts";
import { detectListener } from "./http/scheme.ts";
import type { NamedHost } from "./endpoint.ts";
import type { World } from "./world.ts";

/**
 * HTTPS, always, but where plain HTTP is allowed and is what is spoken there. What does not show which
 * of them it speaks is asked in both, as docker, podman and skopeo do.
 */
export async function originOf(
  host: string,
  { tlsVerify }: NamedHost,
  http: Client,
  { patience }: World,
  signal: AbortSignal | undefined,
): Promise<URL> {
  const url = new URL(`https://${host}`);
  const isHttps = tlsVerify ?? !isLoopback(url.hostname);
  if (isHttps) return url;
  const ports = url.port ? [url.port] : ["443", "80"];
  const plain = (port: string): URL => new URL(`http://${url.hostname}:${port}`);
  const name = url.hostname.replace(/^\[|\]$/g, "");
  const isProxied = http.isProxied(url); // which does not let us look
  for (const port of isProxied ? [] : ports) {
    const found = await detectListener(name, Number(port), patience);
    if (found === "http") return plain(port);
    if (found === "tls") return url;
    if (found === "unknown") break;
    if (port === ports.at(-1)) return url;
  }
  return await findAnswering(url, plain(ports.at(-1)!), http, signal);
}

/** Returns plain HTTP where it is what most servers speak: at a port of this machine, without a proxy. */
export function guessOrigin(
  host: string,
  { tlsVerify }: NamedHost,
  http: Client,
): URL | undefined {
  const url = new URL(`https://${host}`);
  const isLikely = !tlsVerify && url.port !== "" && isLoopback(url.hostname);
  return isLikely && !http.isProxied(url) ? new URL(`http://${url.host}`) : undefined;
}

/** Returns the URL at which a request is answered, whatever the answer: plain HTTP is the last resort. */
async function findAnswering(
  secure: URL,
  plain: URL,
  http: Client,
  signal: AbortSignal | undefined,
): Promise<URL> {
  const ask = async (url: URL): Promise<URL> => {
    const reply = await http.send({ method: "GET", url: new URL("/v2/", url), signal });
    await reply.discard();
    return url;
  };
  try {
    return await ask(secure);
  } catch (error) {
    if (!isNoTls(error) && !isProxysNo(error) && !isBroken(error)) throw error;
    return await ask(plain).catch((second) => {
      throw isBroken(second) || isNoHttp(second)
        ? neitherError(secure.host, error, second)
        : second;
    });
  }
}

export interface FirstContact {
  /** Tells whether anything has been answered. */
  readonly isMade: boolean;
  /** Does the work at once, but after the first of all, unless that got no answer. */
  runAfterFirst<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T>;
}

/** Lets the first request go alone until it is answered: from it the others know how to ask. */
export function createFirstContact(): FirstContact {
  let isMade = false;
  let first: Promise<void> | undefined;
  return {
    get isMade() {
      return isMade;
    },
    async runAfterFirst(work, signal) {
      while (!isMade && first) await waitUnlessAborted(first, signal);
      if (isMade) return await work();
      const doing = work();
      first = doing.then(() => void (isMade = true), (error) => {
        isMade = isAnswered(error);
        first = undefined;
      });
      return await doing;
    },
  };
}
