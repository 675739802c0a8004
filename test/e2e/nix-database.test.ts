/**
 * Nix at work in containers of images that were given its database: what it finds, proves, collects,
 * installs and builds there, as root and as a user of its own.
 */
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { attempt, run } from "./support/command.ts";
import { nixoci } from "./support/copying.ts";
import { makeSmallStore, removeNixStore, type SmallStore } from "./support/nix-store.ts";
import { lacks, peers } from "./support/peers.ts";
import { unkilled } from "./support/unkilled.ts";

let store: SmallStore;
let folder: string;
/** A folder with this machine's Nix, for the root of images. */
let nix: string;
let number = 0;

const docker = (...args: string[]) => ["docker", "--host", peers.engines.docker!, ...args];

/** The commands of Nix that run in containers. */
const COMMANDS = ["nix-store", "nix-env", "nix-build", "nix-collect-garbage"];

/** What Nix says of a store that is not as its database says; its exit status does not. */
const COMPLAINT = /error|warning|modified|disappeared|not valid/;

async function makeNixRoot(): Promise<string> {
  const root = await mkdtemp(join(folder, "root-"));
  const program = (await run(["sh", "-c", "realpath $(command -v nix-store)"])).trim();
  const libraries = (await run(["ldd", program])).matchAll(/(\/\S+) \(0x/g);
  const files = [program, ...[...libraries].map(([, file]) => file!)];
  // Nix looks for names of hosts when it begins, and for other machines when it builds.
  const libc = files.find((file) => file.endsWith("/libc.so.6"))!;
  files.push(libc.replace("libc.so.6", "libnss_dns.so.2"));
  for (const file of files) await run(["cp", "--parents", "--dereference", file, root]);
  await mkdir(join(root, "usr/libexec/nix"), { recursive: true });
  await symlink(program, join(root, "usr/libexec/nix/build-remote"));
  await mkdir(join(root, "bin"), { recursive: true });
  for (const name of COMMANDS) await symlink(program, join(root, "bin", name));
  await mkdir(join(root, "tmp"));
  await mkdir(join(root, "home/me"), { recursive: true });
  await mkdir(join(root, "etc/nix"), { recursive: true });
  const settings =
    "build-users-group =\nsandbox = false\nfilter-syscalls = false\nsubstitute = false\n";
  await writeFile(join(root, "etc/nix/nix.conf"), settings);
  return root;
}

/** Builds the image by the command line, and has Docker load it. */
async function loaded(spec: Spec, ...flags: string[]): Promise<string> {
  const name = `e2e-nix-db-${number++}`;
  const file = join(folder, `${name}.json`);
  const perms = [
    { path: nix, regex: "/tmp$", mode: "1777" },
    { path: nix, regex: "/home/me$", mode: "0755", uid: 1000, gid: 1000 },
  ];
  const Env = ["PATH=/bin", "USER=me", "HOME=/home/me"];
  const whole: Spec = {
    store: store.root,
    ...spec,
    config: { Env, ...spec.config },
    ...spec.copyToRoot !== null && { copyToRoot: nix, perms },
  };
  await writeFile(file, JSON.stringify(whole));
  const host = ["--host", peers.engines.docker!];
  const { status, stderr } = await nixoci(["build", ...flags, ...host, file, `daemon:${name}`]);
  expect([status, stderr.replace(/^e2e.*\n/gm, "")]).toEqual([
    0,
    expect.not.stringContaining("lacks"),
  ]);
  return name;
}

/** Runs a script in a container. */
async function ran(name: string, script: string, ...flags: string[]) {
  const shell = [`${store.busybox}/bin/sh`, "-ec", script];
  const words = docker("run", "--rm", "--network", "none", ...flags, name, ...shell);
  const { status, stdout, stderr } = await unkilled(() => attempt(words));
  const output = stdout.toString();
  expect([status, stderr, output]).toEqual([0, expect.any(String), expect.any(String)]);
  return { output, stderr };
}

const closureOf = (...paths: string[]) => [...paths].sort().join("\n") + "\n";

describe.skipIf(lacks("docker", "nix", "busybox", "root"))("Nix in a container", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(peers.folder, "nix-db-"));
    store = await makeSmallStore(join(folder, "store"));
    nix = await makeNixRoot();
  });

  afterAll(async () => {
    await removeNixStore(store.root);
  });

  describe.each(
    [
      ["dockertools", { includeNixDB: true }, []],
      ["nix2container", { initializeNixDatabase: true }, []],
      ["dockertools", { nixUid: 1000, nixGid: 1000 }, ["--user", "1000:1000"]],
      ["nix2container", { initializeNixDatabase: true, nixUid: 1000 }, ["--user", "1000:1000"]],
    ] as const,
  )("of style %s with %j", (style, fields, user) => {
    let name: string;

    beforeAll(async () => {
      const config = { Cmd: [`${store.hello}/bin/hello`] };
      const flags = "nixUid" in fields && style === "dockertools" ? ["--nix-database"] : [];
      name = await loaded({ style, config, ...fields }, ...flags);
    });

    test("knows the closures, and finds all of it unchanged", async () => {
      const script = `nix-store -qR ${store.hello}; nix-store --verify --check-contents`;
      const { output, stderr } = await ran(name, script, ...user);
      expect(output.split("\n").sort().join("\n").trim())
        .toBe(closureOf(store.busybox, store.data, store.hello).trim());
      expect(stderr).toContain("hashes...");
      expect(stderr).not.toMatch(COMPLAINT);
    });

    test("collects nothing of it, and what runs by default still does", async () => {
      const script = `nix-store --gc --print-dead; nix-collect-garbage; ${store.hello}/bin/hello`;
      const { output } = await ran(name, script, ...user);
      expect(output).toBe("0 store paths deleted, 0.00 MiB freed\nhello from data\n");
    });

    test("installs what is there", async () => {
      const script = `nix-env -i ${store.hello}; /home/me/.nix-profile/bin/hello; nix-env -q`;
      const { output } = await ran(name, script, ...user);
      expect(output).toBe("hello from data\nhello-1.0\n");
    });

    test("builds, and registers what it has built", async () => {
      const built = `derivation { name = "built"; system = builtins.currentSystem; ` +
        `builder = builtins.storePath ${store.busybox}/bin/sh; ` +
        `args = [ "sh" "-c" "read line < \${builtins.storePath ${store.data}}/share/message; echo $line > $out" ]; }`;
      const script = `p=$(nix-build --no-out-link -E '${built}'); read line < $p; echo "$line"; ` +
        "nix-store -q --references $p; nix-store -q --deriver $p";
      const { output } = await ran(name, script, ...user);
      expect(output).toMatch(/^hello from data\n\/nix\/store\/\S+-built\.drv\n$/);
    });
  });

  test("may be one user's, and others can still look", async () => {
    const config = { Cmd: [`${store.hello}/bin/hello`] };
    const name = await loaded({ config, includeNixDB: true, nixUid: 1000, nixGid: 1000 });
    const look = `${store.busybox}/bin/busybox ls /nix/store /nix/var/nix/db`;
    const { output } = await ran(name, look, "--user", "2000:2000");
    expect(output).toContain("db.sqlite");
  });

  test("knows derivations, and what they make", async () => {
    const expression =
      `derivation { name = "made"; system = "x86_64-linux"; builder = "/bin/sh"; }`;
    const drv = (await store.nixStore("--version"),
      await run([
        ...["nix-instantiate", "--store", store.root, "-E", expression],
      ])).trim();
    const name = await loaded({ deps: [drv, store.busybox], includeNixDB: true });
    const { output } = await ran(
      name,
      `nix-store -q --outputs ${drv}; nix-store -q --binding name ${drv}`,
    );
    expect(output).toMatch(/^\/nix\/store\/[a-z0-9]{32}-made\nmade\n$/);
  });

  test("knows what a base's database has, and what lies over it", async () => {
    const base = `oci-dir:${folder}/base`;
    const spec = { store: store.root, deps: store.busybox, includeNixDB: true };
    await writeFile(join(folder, "base.json"), JSON.stringify(spec));
    expect((await nixoci(["build", "-q", join(folder, "base.json"), base])).status).toBe(0);
    const name = await loaded({ fromImage: base, deps: store.hello, includeNixDB: true });
    const script =
      `nix-store -qR ${store.hello}; nix-store --verify --check-contents; nix-store --gc --print-dead`;
    const { output, stderr } = await ran(name, script);
    expect(output.split("\n").filter(Boolean).sort()).toEqual(
      [store.busybox, store.data, store.hello].sort(),
    );
    expect(stderr).not.toMatch(COMPLAINT);
  });

  test("keeps what it registered itself in a container that became a base", async () => {
    const config = { Cmd: [`${store.busybox}/bin/sh`] };
    const first = await loaded({ deps: store.busybox, config, includeNixDB: true });
    const container = `e2e-nix-db-container-${number++}`;
    // The shell is killed while Nix has the database open: its WAL stays.
    const added = "echo added > /tmp/added; nix-store --add /tmp/added; nix-env -i " +
      store.busybox;
    const shell = [`${store.busybox}/bin/sh`, "-ec", added];
    await run(docker("run", "--name", container, "--network", "none", first, ...shell));
    const committed = `${first}-committed`;
    await run(docker("commit", container, committed));
    await run(docker("rm", container));
    const archive = join(folder, "committed.tar");
    await run(docker("save", "--output", archive, committed));
    const spec: Spec = {
      fromImage: `docker-archive:${archive}`,
      deps: store.hello,
      copyToRoot: null,
    };
    const name = await loaded({ ...spec, includeNixDB: true, inherit: "all" });
    const script =
      `nix-store -qR ${store.hello} /nix/store/*-added; nix-store --verify --check-contents; nix-env -q`;
    const { output, stderr } = await ran(name, script);
    expect(output).toMatch(/^(\/nix\/store\/\S+\n){4}busybox-static\n$/);
    expect(output).toMatch(/-added\n/);
    expect(stderr).not.toMatch(COMPLAINT);
  });
});
