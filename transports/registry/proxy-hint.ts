/** A proxy that does not answer: the hint names the variable that it is from. */
import { isSystemError } from "../../src/base/errors.ts";
import { HttpFailure } from "./http/failure.ts";
import { type Environment, findProxy, findProxyVariable } from "./http/proxy.ts";

/** Nobody is there, or the name leads nowhere: another try would not help. */
const DEAD = ["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH"];

/** Returns the hint for a request to the host that failed because its proxy is not there. */
export function suggestProxy(host: string, error: unknown, env: Environment): string | undefined {
  if (!(error instanceof HttpFailure && isSystemError(error.cause, ...DEAD))) return undefined;
  for (const protocol of ["https:", "http:"]) {
    const url = new URL(`${protocol}//${host}`);
    const proxy = findProxy(url, env);
    if (proxy === undefined) continue;
    return `is the proxy ${proxy.host} running? ${findProxyVariable(url, env)} names it`;
  }
  return undefined;
}
