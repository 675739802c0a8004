/** Shell images in Docker: their environments beside nix-shell's, what they build beside nix-build. */
import { mkdtemp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { attempt, type CommandResult } from "./support/command.ts";
import { nixoci } from "./support/copying.ts";
import { makeNixRoot, type NixRoot, placeFiles } from "./support/nix-root.ts";
import { lacks, peers } from "./support/peers.ts";
import { variablesOf, withoutPlaces } from "./support/shell-variables.ts";

let root: NixRoot;
let coreutils: string;

/** Instantiates a derivation, and builds what it needs. */
async function prepare(name: string): Promise<string> {
  const drv = (await root.nix("nix-instantiate", "/etc/shell-images.nix", "-A", name)).trim()
    .replace(/!.*/, "");
  const inputs = await root.nix("nix-store", "--query", "--references", drv);
  const drvs = inputs.split("\n").filter((path) => path.endsWith(".drv"));
  // Of several at a time Nix 2.8 kills one, where another is there already.
  for (const input of drvs) await root.nix("nix-store", "--realise", input);
  return drv;
}

const buildOf = async (name: string) =>
  (await root.nix("nix-build", "/etc/shell-images.nix", "-A", name, "--no-out-link")).trim();

/** Makes the image, and has Docker load it. */
async function load(drv: string, ...flags: string[]): Promise<string> {
  const image = `e2e-shell-${drv.slice(11, 19)}-${flags.length}`;
  const words = ["shell", drv, `daemon:${image}`, "--host", peers.engines.docker!];
  const options = ["--store", root.folder, "--progress=none", "--shell", await buildOf("bash")];
  const { status, stderr } = await nixoci([...words, ...options, ...flags]);
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  return image;
}

/** Runs Docker. */
async function docker(...words: string[]): Promise<CommandResult> {
  return await attempt(["docker", "--host", peers.engines.docker!, ...words]);
}

async function enter(image: string, ...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await docker("run", "--rm", "--network=none", image, ...words);
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  return stdout.toString();
}

describe.skipIf(lacks("docker", "nix", "root", "busybox", "bash-static"))("shell images", () => {
  beforeAll(async () => {
    root = await makeNixRoot(await mkdtemp(join(peers.folder, "root-")));
    for (const name of ["shells.nix", "shell-images.nix"]) {
      const content = await readFile(new URL(`support/${name}`, import.meta.url));
      await placeFiles(root, [{ path: `/etc/${name}`, content }]);
    }
    coreutils = await buildOf("coreutils");
  });

  test.each(["plain", "outputs", "files", "graph", "structured", "phases"])(
    "have nix-shell's environment, variable by variable: %s",
    async (name) => {
      const drv = await prepare(name);
      const command = `${coreutils}/bin/env -0`;
      const shown = await root.nix("nix-shell", "--pure", drv, "--run", command);
      const image = await load(drv, "--run", command);
      const got = variablesOf(await enter(image));
      const expected = variablesOf(shown);
      // Docker's own.
      got.delete("HOSTNAME");
      // The files' names depend on the place.
      for (const variable of ["firstPath", "secondPath", "largePath"]) {
        expect(got.delete(variable)).toBe(expected.delete(variable));
      }
      expect(withoutPlaces(got)).toEqual(withoutPlaces(expected));
    },
  );

  test.each(["plain", "outputs", "files", "graph", "structured", "structuredGraph", "phases"])(
    "build what nix-build builds: %s",
    async (name) => {
      const drv = await prepare(name);
      const bound = await root.nix("nix-store", "--query", "--outputs", drv);
      const outputs = bound.trim().split("\n").sort();
      await root.nix("nix-store", "--realise", drv);
      const contents = await Promise.all(
        outputs.map((path) => readFile(join(root.folder, path), "latin1")),
      );
      await root.nix("nix-store", "--delete", ...outputs);
      const image = await load(drv);
      const script = `buildDerivation && ${coreutils}/bin/cat ${outputs.join(" ")}`;
      const { status, stdout, stderr } = await docker("run", "--rm", image, "sh", "-c", script);
      expect([status, stderr]).toEqual([0, ""]);
      // Nix 2.8 names a place outside of its own sandbox, and does not say yet what is valid.
      const newest = contents.join("").replaceAll(/\/tmp\/nix-build-[^/]*/g, "/build")
        .replaceAll(/("references":\[[^\]]*\])}/g, '$1,"valid":true}');
      expect(stdout.toString("latin1")).toBe(newest);
    },
  );

  describe("of a derivation with phases", () => {
    let drv: string;
    let image: string;

    beforeAll(async () => {
      drv = await prepare("phases");
      image = await load(drv, "--package", coreutils, "--package", await buildOf("cacert"));
    });

    test("run the hook, and give functions and tools to every shell that reads files", async () => {
      const expected = "hook of phases\nfrom the tool\nfunction\n";
      for (const option of ["-lc", "-lic"]) {
        expect(await enter(image, "bash", option, "tool; type -t phase"), option).toBe(expected);
      }
      expect(await enter(image, "in-nix-shell", "bash", "-c", "tool")).toContain("from the tool\n");
      expect(await enter(image, "in-nix-shell", "phase", "build")).toBe("hook of phases\n");
    });

    test("have the inputs' programs where nothing is read", async () => {
      expect(await enter(image, "sh", "-c", "tool; echo $name")).toBe("from the tool\nphases\n");
      expect(await enter(image, "tool")).toBe("from the tool\n");
      const { stdout } = await docker("run", "--detach", image, "sleep", "60");
      const container = stdout.toString().trim();
      const { stdout: ran } = await docker("exec", container, "sh", "-c", "tool; echo $out");
      await docker("rm", "--force", container);
      expect(ran.toString()).toMatch(/^from the tool\n\/nix\/store\/[a-z0-9]{32}-phases\n$/);
    });

    test("have a user with a home, and places to write to, whoever runs", async () => {
      const script = "whoami; id -u; id -g; cd; touch file; eval echo ~nixbld; stat -c %a /tmp; " +
        "/usr/bin/env true; cat $SSL_CERT_FILE /etc/ssl/certs/ca-certificates.crt";
      expect(await enter(image, "sh", "-c", script.replace("env true", "env echo ran"))).toBe(
        "nixbld\n1000\n1000\n/build\n1777\nran\ntrusted\ntrusted\n",
      );
      const other = "mktemp -p /tmp > /dev/null; mktemp -p /var/tmp > /dev/null; " +
        "buildDerivation && cat $out";
      const words = ["run", "--rm", "--user", "4321:4321", image, "sh", "-ec", other];
      const { status, stdout, stderr } = await docker(...words);
      expect([status, stdout.toString(), stderr]).toEqual([0, "from the tool\n", ""]);
    });

    test("start an interactive shell, with a command or without", async () => {
      const { stdout } = await docker("run", "--rm", "--tty", image, "sh", "-c", "echo $-");
      expect(stdout.toString()).not.toContain("i");
      const command = await load(drv, "--command", "echo $-; type -t phase; exit 3");
      const { status, stdout: shown } = await docker("run", "--rm", "--tty", command);
      expect(status).toBe(3);
      expect(shown.toString().replaceAll("\r", "")).toMatch(
        /^hook of phases\n[a-zA-Z]*i[a-zA-Z]*\nfunction\n/,
      );
    });
  });

  test("have the user that is asked for", async () => {
    const flags = ["--uid", "5555", "--gid", "100", "--home", "/home/me"];
    const image = await load(await prepare("plain"), ...flags, "--package", coreutils);
    const script = "id -u; id -g; cd /home/me; touch file; stat -c '%u:%g' /nix/store /build .";
    expect(await enter(image, "sh", "-c", script)).toBe(
      "5555\n100\n5555:100\n5555:100\n5555:100\n",
    );
  });
});
