/** The key and the certificate that a registry shows. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { NixociError } from "../../../base/errors.ts";
import { readFile } from "../../../bytes/disk/file.ts";
import { collectStream } from "../../../bytes/stream.ts";
import type { ServeFlags } from "./flags.ts";

const LARGEST = 1_000_000;

/**
 * Reads the files, and tries them before anybody comes.
 * @throws NixociError `MALFORMED` where they are not a certificate and its key.
 */
export async function readTls({ "tls-cert": certFile, "tls-key": keyFile }: ServeFlags) {
  if (certFile === undefined || keyFile === undefined) return undefined;
  const read = (file: string) => collectStream(readFile(file), LARGEST, file);
  const tls = { cert: await read(certFile), key: await read(keyFile) };
  // Deno's TLS says nothing of a wrong file before somebody comes.
  if (isPair(tls)) return tls;
  throw new NixociError(
    "MALFORMED",
    `${certFile} and ${keyFile} are not a certificate and its key in PEM`,
    { hint: "give --tls-cert the chain and --tls-key the key that belongs to it" },
  );
}

function isPair({ cert, key }: { readonly cert: Buffer; readonly key: Buffer }): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
