/** The key and the certificate that a registry shows. */
import { createSecureContext } from "node:tls";
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
  try {
    createSecureContext(tls);
  } catch (cause) {
    throw new NixociError(
      "MALFORMED",
      `${certFile} and ${keyFile} are not a certificate and its key in PEM`,
      { cause, hint: "give --tls-cert the chain and --tls-key the key that belongs to it" },
    );
  }
  return tls;
}
