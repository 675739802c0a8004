/** docker-registry (distribution 2.8) on a free loopback port, in a folder of its own. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Certificates } from "./certificates.ts";
import { run } from "./command.ts";
import { type Guarded, startGuarded } from "./guarded.ts";
import { ISSUER, SERVICE } from "./token-server.ts";

export interface RegistryOptions {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Serve TLS with this certificate. */
  readonly tls?: Certificates;
  /** Ask for this user and password (basic authentication). */
  readonly basic?: { readonly user: string; readonly password: string };
  /** Ask for tokens of this realm, signed by this certificate. */
  readonly token?: { readonly realm: string; readonly certificate: string };
}

export interface RunningRegistry extends Guarded {
  /** `127.0.0.1:port`. */
  readonly host: string;
}

/** Starts a registry and waits until it listens. */
export async function startRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const { folder, env } = options;
  await mkdir(folder, { recursive: true });
  const path = join(folder, "config.yml");
  // JSON is YAML; port 0 lets the kernel choose, and the log says what it chose.
  await writeFile(path, JSON.stringify(await configuration(options)));
  let host = "";
  const guarded = await startGuarded(["docker-registry", "serve", path], {
    folder,
    env,
    ready(log) {
      host = /listening on (127\.0\.0\.1:\d+)/.exec(log)?.[1] ?? "";
      return host !== "";
    },
  });
  return { ...guarded, host };
}

async function configuration({ folder, tls, basic, token }: RegistryOptions): Promise<object> {
  return {
    version: "0.1",
    log: { level: "info", accesslog: { disabled: false } },
    storage: {
      filesystem: { rootdirectory: join(folder, "data") },
      delete: { enabled: true },
      cache: { blobdescriptor: "inmemory" },
    },
    http: {
      addr: "127.0.0.1:0",
      secret: "nixoci",
      ...(tls && { tls: { certificate: tls.certificate, key: tls.key } }),
    },
    ...(basic && { auth: { htpasswd: await htpasswd(folder, basic) } }),
    ...(token && { auth: { token: tokenAuth(token) } }),
  };
}

async function htpasswd(folder: string, basic: NonNullable<RegistryOptions["basic"]>) {
  const path = join(folder, "htpasswd");
  // distribution takes bcrypt only; cost 4 keeps a request cheap
  const line = await run(["htpasswd", "-nbB", "-C", "4", basic.user, basic.password]);
  await writeFile(path, line);
  return { realm: "nixoci test", path };
}

function tokenAuth({ realm, certificate }: NonNullable<RegistryOptions["token"]>) {
  return { realm, service: SERVICE, issuer: ISSUER, rootcertbundle: certificate };
}
