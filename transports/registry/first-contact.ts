/** Getting to know a registry: what is spoken there, and that its first answer comes to one alone. */
import { isLoopback } from "./http/addresses.ts";
import type { Client } from "./http/client.ts";
import { isAnswered, isNoTls, isProxysNo } from "./http/failure.ts";
import { waitUnlessAborted } from "./http/pace.ts";
import { detectListener } from "./http/scheme.ts";
import type { NamedHost } from "./endpoint.ts";
import type { World } from "./world.ts";

/** HTTPS, always, but where plain HTTP is allowed and is what is spoken there. */
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
  if (http.isProxied(url)) {
    return await canSpeakTls(url, http, signal) ? url : makePlainUrl(url, url.port);
  }
  const name = url.hostname.replace(/^\[|\]$/g, "");
  for (const port of url.port ? [url.port] : ["443", "80"]) {
    const found = await detectListener(name, Number(port), patience);
    if (found === "http") return makePlainUrl(url, port);
    if (found === "other") break;
  }
  return url;
}

function makePlainUrl({ hostname }: URL, port: string): URL {
  return new URL(`http://${hostname}${port && `:${port}`}`);
}

/** Tells whether a request gets through, which has to be tried: a proxy does not let us look. */
async function canSpeakTls(
  url: URL,
  http: Client,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const reply = await http.send({ method: "GET", url: new URL("/v2/", url), signal });
    await reply.discard();
  } catch (error) {
    if (isNoTls(error) || isProxysNo(error)) return false;
    throw error;
  }
  return true;
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
