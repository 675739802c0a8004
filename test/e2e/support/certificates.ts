/** An own certificate authority and a server certificate for loopback, made with openssl. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.ts";

/** Paths of PEM files. */
export interface Certificates {
  /** A folder that holds only the CA, as certs.d and `--cert-dir` want it. */
  readonly certDir: string;
  readonly ca: string;
  readonly caKey: string;
  readonly certificate: string;
  readonly key: string;
}

/** Makes a CA and a certificate for `127.0.0.1` and `localhost` that it has signed. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const certDir = join(folder, "certs.d");
  await mkdir(certDir, { recursive: true });
  const [ca, caKey] = [join(certDir, "ca.crt"), join(folder, "ca.key")];
  const [certificate, key] = [join(folder, "server.crt"), join(folder, "server.key")];
  const request = join(folder, "server.csr");
  const extensions = join(folder, "server.ext");
  await writeFile(extensions, "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  // deno-fmt-ignore
  await run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
    "-subj", "/CN=nixoci test CA", "-keyout", caKey, "-out", ca]);
  // deno-fmt-ignore
  await run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
    "-keyout", key, "-out", request]);
  // deno-fmt-ignore
  await run(["openssl", "x509", "-req", "-in", request, "-CA", ca, "-CAkey", caKey, "-days", "2",
    "-set_serial", "1", "-extfile", extensions, "-out", certificate]);
  return { certDir, ca, caKey, certificate, key };
}
