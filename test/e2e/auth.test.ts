/** Real registries that ask who is there: by password, by token, and behind TLS of an own CA. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CommandResult } from "./support/command.ts";
import { nixoci, originOf } from "./support/copying.ts";
import { umoci } from "./support/images/umoci.ts";
import { lacks, need, peers, type Registry } from "./support/peers.ts";

const needs = ["registry", umoci] as const;

/** How a kind of registry is found among the peers, and what it takes to have it. */
const KINDS = [
  { kind: "basic", parts: [...needs, "htpasswd"] },
  { kind: "token", parts: [...needs, "openssl"] },
] as const;

describe.for(KINDS)("$kind authentication", ({ kind, parts }) => {
  const given = test.skipIf(lacks(...parts));
  const registry = () => need(peers.registries[kind], kind) as Required<Registry>;
  const image = () => `registry:${registry().host}/private/image:tag`;

  given("refuses who does not say who they are", async () => {
    expectRefusal(await nixoci(["copy", originOf(umoci), image()]));
  });

  given("refuses a wrong password, and does not print it", async () => {
    const result = await nixoci(["copy", "--creds", "maria:hunter2", originOf(umoci), image()]);
    expectRefusal(result);
    expect(result.stderr).not.toContain("hunter2");
  });

  given("pushes and pulls with --creds", async () => {
    const { creds } = registry();
    const pushed = await nixoci([
      "copy",
      "--progress=none",
      "--creds",
      creds,
      originOf(umoci),
      image(),
    ]);
    expect(pushed).toMatchObject({ status: 0, stderr: "" });
    const asked = await nixoci(["digest", "--creds", creds, image()]);
    expect(asked.stdout.toString()).toBe(pushed.stdout.toString());
  });

  given("pushes and pulls after login, until logout", async () => {
    const { host, creds } = registry();
    const authfile = join(peers.env["TMPDIR"]!, `auth-${kind}.json`);
    const env = { ...peers.env, REGISTRY_AUTH_FILE: authfile };
    const [user = "", ...rest] = creds.split(":");
    const password = rest.join(":");

    const words = ["login", "--username", user, "--password-stdin", host];
    const login = await nixoci(words, { env, input: `${password}\n` });
    expect(login, login.stderr).toMatchObject({ status: 0 });
    expect(login.stdout + login.stderr).not.toContain(password);
    const copy = ["copy", "--progress=none", originOf(umoci), image()];
    expect(await nixoci(copy, { env })).toMatchObject({ status: 0, stderr: "" });

    expect(await nixoci(["logout", host], { env })).toMatchObject({ status: 0 });
    expect(await readFile(authfile, "utf8")).not.toContain(btoa(creds));
    expectRefusal(await nixoci(copy, { env }));
  });

  given("login refuses a wrong password, and writes nothing", async () => {
    const env = { ...peers.env, REGISTRY_AUTH_FILE: join(peers.env["TMPDIR"]!, "never.json") };
    const words = ["login", "--username", "maria", "--password-stdin", registry().host];
    const result = await nixoci(words, { env, input: "hunter2" });
    expectRefusal(result);
    expect(result.stderr).not.toContain("hunter2");
    await expect(readFile(env.REGISTRY_AUTH_FILE)).rejects.toThrow("ENOENT");
  });
});

describe("token authentication", () => {
  test.skipIf(lacks(...needs, "openssl"))("pulls what is public as nobody", async () => {
    const { host, creds } = need(peers.registries.token, "token") as Required<Registry>;
    const image = `registry:${host}/public/image:tag`;
    const words = ["copy", "--progress=none", "--creds", creds, originOf(umoci), image];
    const pushed = await nixoci(words);
    expect(pushed).toMatchObject({ status: 0, stderr: "" });
    const asked = await nixoci(["digest", image]);
    expect(asked.stdout.toString()).toBe(pushed.stdout.toString());
    expectRefusal(await nixoci(["copy", "-q", originOf(umoci), `registry:${host}/public/other`]));
  });
});

describe("TLS", () => {
  const given = test.skipIf(lacks(...needs, "openssl"));
  const registry = () => need(peers.registries.tls, "tls") as Required<Registry>;
  const copy = (...flags: string[]) => {
    const image = `registry:${registry().host}/image:tag`;
    return nixoci(["copy", "--progress=none", ...flags, originOf(umoci), image]);
  };

  given("does not trust a CA that nobody has named, and does not fall back to HTTP", async () => {
    const { status, stderr } = await copy();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^nixoci: .*certificate.*\n$/i);
  });

  given("trusts the CA in --cert-dir", async () => {
    expect(await copy("--cert-dir", registry().certDir)).toMatchObject({ status: 0, stderr: "" });
  });

  given("trusts anybody with --tls-verify=false", async () => {
    expect(await copy("--tls-verify=false")).toMatchObject({ status: 0 });
  });
});

/** One line that says that credentials are missing or wrong. */
function expectRefusal({ status, stdout, stderr }: CommandResult): void {
  expect(stderr).toMatch(/^nixoci: [^\n]*\n$/);
  expect(stderr).toMatch(/credentials|password|log ?in|unauthorized|denied/i);
  expect({ status, stdout: stdout.toString() }).toEqual({ status: 1, stdout: "" });
}
