/** The address that a registry is to listen on, as a word. */
import { NixociError } from "../../base/errors.ts";

/** An address. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `PORT`, `:PORT`, `HOST:PORT` or `[IPV6]:PORT`; without a host it is the loopback's.
 * @throws NixociError `USAGE`.
 */
export function readListenAddress(text: string): ListenAddress {
  const [, bracketed, plain = "", port = ""] =
    /^(?:\[([^\]]+)\]:|([^:[\]]*):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === "" || Number(port) > 65_535) {
    throw new NixociError("USAGE", `--listen: ${JSON.stringify(text)} is not an address`, {
      hint: "write PORT, HOST:PORT or [IPV6]:PORT, such as 5000 or 0.0.0.0:5000",
    });
  }
  return { host: bracketed ?? (plain || "127.0.0.1"), port: Number(port) };
}
