/**
 * Tells where an IP address leads, so that a server cannot send us (and our credentials) to places that
 * only we can reach: a cloud's metadata service, a daemon on loopback, a host behind the firewall.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 */
import { lookup as dnsLookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { NixociError } from "../../../src/base/errors.ts";

/** From the widest to the closest; `unusual` is nothing that a server should name. */
export type Neighbourhood = "public" | "private" | "loopback" | "unusual";

/** Returns what makes the list when it is first asked for: that takes longer than most answers. */
function deferBlockList(v4: readonly string[], v6: readonly string[]): () => BlockList {
  let made: BlockList | undefined;
  return () => made ??= createBlockList(v4, v6);
}

function createBlockList(v4: readonly string[], v6: readonly string[]): BlockList {
  const made = new BlockList();
  for (const [nets, family] of [[v4, "ipv4"], [v6, "ipv6"]] as const) {
    for (const net of nets) {
      const [address = "", prefix] = net.split("/");
      made.addSubnet(address, Number(prefix), family);
    }
  }
  return made;
}

const loopback = deferBlockList(["127.0.0.0/8"], ["::1/128"]);
const privateNets = deferBlockList(
  ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"],
  ["fc00::/7"],
);
const unusual = deferBlockList(
  ["0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"],
  ["::/128", "fe80::/10", "ff00::/8"],
);

/** Tells where the address leads. */
export function neighbourhoodOf(address: string): Neighbourhood {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  const family = isIP(mapped) === 6 ? "ipv6" : "ipv4";
  if (loopback().check(mapped, family)) return "loopback";
  if (privateNets().check(mapped, family)) return "private";
  return unusual().check(mapped, family) ? "unusual" : "public";
}

/** Tells whether the host is this machine by its name alone, as Docker has it: no name is looked up. */
export function isLoopback(hostname: string): boolean {
  const plain = hostname.replace(/^\[|\]$/g, "");
  return plain === "localhost" || (isIP(plain) !== 0 && neighbourhoodOf(plain) === "loopback");
}

const CLOSENESS: readonly Neighbourhood[] = ["public", "private", "loopback"];

/** Tells whether a server there may send us to the address: never closer to us than it is itself. */
export function canLead(from: Neighbourhood, to: Neighbourhood): boolean {
  if (to === "unusual" || from === "unusual") return to === from;
  return CLOSENESS.indexOf(to) <= CLOSENESS.indexOf(from);
}

/** Refuses an address that a server there may not send us to. */
export function checkAddress(from: Neighbourhood, address: string, host: string): void {
  const to = neighbourhoodOf(address);
  if (canLead(from, to)) return;
  throw new NixociError(
    "UNSAFE",
    `a server with a ${from} address sends us to ${host}, ` +
      `whose address ${address} is ${to}`,
  );
}

/** Looks names up and refuses their addresses at the moment of connecting, when it counts. */
export function createGuardedLookup(from: Neighbourhood): LookupFunction {
  return (hostname, options, callback) => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "", 0);
      try {
        for (const { address } of addresses) checkAddress(from, address, hostname);
      } catch (refusal) {
        return callback(refusal as Error, "", 0);
      }
      if (options.all) callback(null, addresses);
      else callback(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}
