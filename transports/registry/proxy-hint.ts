/** A proxy that does not answer: the hint names the variable that it is from. */
import { isSystemError } from "../../src/base/errors.ts";
import { HttpFailure } from "./http/failure.ts";
import { type Environment, findProxy } from "./http/proxy.ts";

/** Nobody is there, or the name leads nowhere: another try would not help. */
const DEAD = ["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH"];

/** Returns the hint for a request to the host that failed because its proxy is not there. */
export function suggestProxy(host: string, error: unknown, env: Environment): string | undefined {
  if (!(error instanceof HttpFailure && isSystemError(error.cause, ...DEAD))) return undefined;
  for (const protocol of ["https:", "http:"]) {
    const proxy = findProxy(new URL(`${protocol}//${host}`), env);
    if (proxy !== undefined) {
      return `is the proxy ${proxy.host} running? ${variableOf(protocol, env)} names it`;
    }
  }
  return undefined;
}

/** Returns the name of the variable that says which proxy it is. */
function variableOf(protocol: string, env: Environment): string {
  const name = protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const names = [name, name.toLowerCase(), "ALL_PROXY", "all_proxy"];
  return names.find((each) => env[each]) ?? name;
}
