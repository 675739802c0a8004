/**
 * Proxies from the environment, as Go's tools (docker, skopeo, crane) read it, and `ALL_PROXY`, which
 * they do not read: where it names what we cannot use (`socks5:`) it is meant for others.
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy#FromEnvironment
 */
import { BlockList, isIP } from "node:net";
import { NixociError } from "../../../src/base/errors.ts";
import { isLoopback } from "./addresses.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy through which the URL is to be reached, if any. Loopback never goes through one.
 * @throws NixociError `USAGE` when the variable's value is not a proxy that we can use.
 */
export function findProxy(url: URL, env: Environment): URL | undefined {
  if (isLoopback(url.hostname)) return undefined;
  const name = findProxyVariable(url, env);
  if (name === undefined) return undefined;
  if (isExempt(url, env[findVariable(env, "NO_PROXY") ?? ""] ?? "")) return undefined;
  const proxy = parseProxy(env[name]!, name);
  if (proxy !== undefined || name.toUpperCase() === "ALL_PROXY") return proxy;
  // The value may hold a password, so it is not repeated.
  throw new NixociError("USAGE", `${name} names no http: or https: proxy`);
}

/** Finds the name of the variable that says which proxy is meant for the URL. */
export function findProxyVariable({ protocol }: URL, env: Environment): string | undefined {
  const own = protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  return findVariable(env, own) ?? findVariable(env, "ALL_PROXY");
}

/** Finds the variable in capitals or, when that is empty, in small letters. */
function findVariable(env: Environment, name: string): string | undefined {
  return [name, name.toLowerCase()].find((each) => env[each]);
}

function parseProxy(value: string, variable: string): URL | undefined {
  const text = value.includes("://") ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy?.protocol !== "http:" && proxy?.protocol !== "https:") return undefined;
  try {
    proxyAuthorizationOf(proxy);
    return proxy;
  } catch {
    throw new NixociError(
      "USAGE",
      `${variable} has a % in its user or password that escapes nothing`,
      {
        hint: "write %25 for the sign itself",
      },
    );
  }
}

function isExempt(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return noProxy.toLowerCase().split(",").map((one) => one.trim()).some((entry) => {
    if (entry === "") return false;
    if (entry === "*") return true;
    if (entry.includes("/")) return isInNet(host, entry);
    const [, name = "", only] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(entry) ?? [];
    if (isIP(entry) === 6) return host === entry;
    if (only !== undefined && only !== port) return false;
    const bare = name.replace(/^\*?\./, "");
    return host === name || (host.endsWith(`.${bare}`) && isIP(host) === 0) ||
      (host === bare && !name.startsWith("*.") && !name.startsWith("."));
  });
}

function isInNet(host: string, net: string): boolean {
  const [address = "", prefix = ""] = net.split("/");
  const family = isIP(address);
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(prefix)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(prefix), family === 6 ? "ipv6" : "ipv4");
  return list.check(host, family === 6 ? "ipv6" : "ipv4");
}

/** The header that a proxy with a user name wants. */
export function proxyAuthorizationOf({ username, password }: URL): Record<string, string> {
  if (username === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}
