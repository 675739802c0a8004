/** Shell images in Docker: their environments beside nix-shell's, what they build beside nix-build. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { attempt, type CommandResult } from "./support/command.ts";
import { nixoci } from "./support/copying.ts";
import { lacks, peers } from "./support/peers.ts";
import { makeShellRoot, type ShellRoot } from "./support/shell-root.ts";
import { variablesOf, withoutPlaces } from "./support/shell-variables.ts";
import { unkilled } from "./support/unkilled.ts";

/** Parts a container's environment from what it builds. */
const MARK = "== built ==";

/** Derivations that nix-shell 2.8 has no environment for, or another one than today's. */
const OTHER_ENVIRONMENT = new Set(["structuredGraph", "fixed"]);

let root: ShellRoot;
let coreutils: string;

/** Makes the image, and has Docker load it. */
async function load(drv: string, ...flags: string[]): Promise<string> {
  const image = `e2e-shell-${drv.slice(11, 19)}-${flags.length}`;
  const words = ["shell", drv, `daemon:${image}`, "--host", peers.engines.docker!];
  const options = ["--store", root.folder, "--progress=none", "--shell", await root.build("bash")];
  const { status, stderr } = await nixoci([...words, ...options, ...flags]);
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  return image;
}

/** Runs Docker. */
async function docker(...words: string[]): Promise<CommandResult> {
  return await attempt(["docker", "--host", peers.engines.docker!, ...words]);
}

async function enter(image: string, ...words: string[]): Promise<string> {
  const run = () => docker("run", "--rm", "--network=none", image, ...words);
  const { status, stdout, stderr } = await unkilled(run);
  if (status === 0) return stdout.toString("latin1");
  throw new Error(`${words.join(" ")} exited with ${status}\n${stderr}`);
}

describe.skipIf(lacks("docker", "nix", "root", "busybox", "bash-static"))("shell images", () => {
  beforeAll(async () => {
    root = await makeShellRoot();
    coreutils = await root.build("coreutils");
  });

  test.each([
    "plain",
    "outputs",
    "files",
    "graph",
    "structured",
    "structuredGraph",
    "fixed",
    "phases",
  ])(
    "have nix-shell's environment, variable by variable, and build what nix-build builds: %s",
    async (name) => {
      const drv = await root.prepare(name);
      const bound = await root.nix("nix-store", "--query", "--outputs", drv);
      const outputs = bound.trim().split("\n").sort();
      await root.nix("nix-store", "--realise", drv);
      const contents = await Promise.all(
        outputs.map((path) => readFile(join(root.folder, path), "latin1")),
      );
      await root.nix("nix-store", "--delete", ...outputs);
      // One container for both: its command prints the environment, and what is built then.
      const command = `${coreutils}/bin/env -0`;
      const script = `${command} && echo ${MARK} && buildDerivation && ${coreutils}/bin/cat ${
        outputs.join(" ")
      }`;
      const printed = await enter(await load(drv, "--run", script));
      const at = printed.indexOf(`${MARK}\n`);
      // Nix 2.8 names a place outside of its own sandbox, and does not say yet what is valid.
      const newest = contents.join("").replaceAll(/\/tmp\/nix-build-[^/]*/g, "/build")
        .replaceAll(/("references":\[[^\]]*\])}/g, '$1,"valid":true}');
      expect(printed.slice(at + MARK.length + 1)).toBe(newest);
      if (OTHER_ENVIRONMENT.has(name)) return;

      const got = variablesOf(Buffer.from(printed.slice(0, at), "latin1").toString());
      const shown = await root.nix("nix-shell", "--pure", drv, "--run", command);
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

  describe("of a derivation with phases", () => {
    let drv: string;
    let image: string;

    beforeAll(async () => {
      drv = await root.prepare("phases");
      image = await load(drv, "--package", coreutils, "--package", await root.build("cacert"));
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

  test("can have a Nix that works, for the image's user", async () => {
    const nix = await root.build("nix");
    const image = await load(
      await root.prepare("outputs"),
      "--with-nix",
      nix,
      "--package",
      coreutils,
    );
    const bash = await root.build("bash");
    const built = `derivation { name = "built"; system = builtins.currentSystem; ` +
      `builder = builtins.storePath ${bash} + "/bin/bash"; args = [ "-c" "echo yes > $out" ]; }`;
    const script = "nix-store --verify --check-contents 2>&1 | grep -c modified; " +
      `nix-store -qR ${nix} | grep -c .; cat $(nix-build --no-out-link -E '${built}'); ` +
      `nix-env -i ${coreutils} > /dev/null; nix-env -q`;
    expect(await enter(image, "sh", "-c", script)).toBe("0\n2\nyes\ncoreutils-9.1\n");
  });

  test("have the user that is asked for", async () => {
    const flags = ["--uid", "5555", "--gid", "100", "--home", "/home/me"];
    const image = await load(await root.prepare("plain"), ...flags, "--package", coreutils);
    const script = "id -u; id -g; cd /home/me; touch file; stat -c '%u:%g' /nix/store /build .";
    expect(await enter(image, "sh", "-c", script)).toBe(
      "5555\n100\n5555:100\n5555:100\n5555:100\n",
    );
  });
});
