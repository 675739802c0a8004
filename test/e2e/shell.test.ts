/**
 * The environment of a derivation in a root without an engine: how it is entered. That it is
 * nix-shell's, and builds what nix-build builds, shell-images.test.ts proves in containers.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { checkRealised, listInputs } from "../../src/nix/derivation/inputs.ts";
import { type ReadDerivation, readDerivation } from "../../src/nix/derivation/read.ts";
import { readClosure } from "../../src/nix/store/closure.ts";
import { openStore } from "../../src/nix/store/store.ts";
import { describeEnvironment, makeShell, type Shell } from "../../src/shell/environment/make.ts";
import type { ShellOptions } from "../../src/shell/environment/options.ts";
import { makeNixRoot, type NixRoot, placeFiles } from "./support/nix-root.ts";
import { lacks, peers } from "./support/peers.ts";

const SHELL = "/bin/bash";

let root: NixRoot;

/** Instantiates one of the derivations, and builds its inputs. */
async function read(name: string): Promise<ReadDerivation> {
  const path = await root.nix("nix-instantiate", "/etc/shells.nix", "-A", name);
  const drv = path.trim().replace(/!.*/, "");
  const store = { storeDir: "/nix/store", realPath: (path: string) => join(root.folder, path) };
  const read = await readDerivation(drv, store);
  const inputs = [...read.derivation.inputDrvs];
  const named = inputs.map(([path, outputs]) => `${path}!${outputs.join(",")}`);
  if (named.length > 0) await root.nix("nix-store", "--realise", ...named);
  return read;
}

/** Puts the environment of a derivation into the root. */
async function place(
  { path, derivation, lookUp }: ReadDerivation,
  options: Partial<ShellOptions> = {},
): Promise<Shell> {
  await using store = await openStore({ root: root.folder });
  const inputs = await listInputs(derivation, lookUp);
  await checkRealised(inputs, derivation.name, store);
  const closure = await readClosure(inputs.map((input) => input.path), store);
  const shell = makeShell(path, derivation, { shell: SHELL, closure, ...options });
  await rm(join(root.folder, "build"), { recursive: true });
  await placeFiles(root, shell.files as never);
  await placeFiles(root, [{ path: "/build/.keep-none", content: "" }]);
  await rm(join(root.folder, "build/.keep-none"));
  return shell;
}

/** Runs a command with the environment of the image. */
async function enter(shell: Shell, ...command: string[]): Promise<string> {
  const { status, stdout, stderr } = await root.attempt(command, shell.environment);
  if (status !== 0) throw new Error(`${command.join(" ")}: ${status}\n${stderr}`);
  return stdout.toString();
}

/** Reads what was built, and lets Nix forget it. */
async function takeOutputs(paths: Iterable<string>): Promise<string[]> {
  const contents = [];
  for (const path of [...paths].sort()) {
    contents.push((await readFile(join(root.folder, path))).toString("latin1"));
  }
  return contents;
}

describe.skipIf(lacks("nix", "root"))("the environment of a derivation", () => {
  beforeAll(async () => {
    root = await makeNixRoot(await mkdtemp(join(peers.folder, "root-")));
    const file = new URL("support/shells.nix", import.meta.url);
    await placeFiles(root, [{ path: "/etc/shells.nix", content: await readFile(file) }]);
  });

  test("builds outputs whose path is not known at one in the store", async () => {
    const shell = await place(await read("floating"));
    const path = shell.outputs.get("out")!;
    expect(path).toMatch(/^\/nix\/store\/[a-z0-9]{32}-floating$/);
    await enter(shell, "buildDerivation");
    expect(await takeOutputs([path])).toEqual(["content\n"]);
    await root.nix("rm", path);
  });

  test("takes a command into an interactive shell, or another, and its status", async () => {
    const drv = await read("phases");
    const script = 'echo "$hooked $name $- $IN_NIX_SHELL"; tool; (exit 3) # the end';
    const run = await place(drv, { run: script });
    const ran = await root.attempt(run.command, run.environment);
    expect(ran.stdout.toString()).toMatch(
      /^hook of phases\n1 phases [a-zA-Z]+ pure\nfrom the tool\n$/,
    );
    expect(ran.status).toBe(3);
    const shell = await place(drv, { command: script });
    const interactive = await root.attempt([...shell.command, "-i"], shell.environment);
    expect(interactive.stdout.toString()).toMatch(
      /\n1 phases [a-zA-Z]*i[a-zA-Z]* pure\nfrom the tool\n/,
    );
    expect(interactive.status).toBe(3);
  });

  test("is entered by a program, with the functions and tools of the derivation", async () => {
    const shell = await place(await read("phases"));
    expect(await enter(shell, "in-nix-shell", "tool")).toContain("from the tool\n");
    expect(await enter(shell, "in-nix-shell", "sh", "-c", "tool; echo $name")).toContain(
      "tool\nphases\n",
    );
    await enter(shell, "in-nix-shell", "genericBuild");
    expect(await takeOutputs(shell.outputs.values())).toEqual(["from the tool\n"]);
    await root.nix("rm", ...shell.outputs.values());
  });

  test("is that of login shells and interactive ones, and read once", async () => {
    const drv = await read("phases");
    const shell = await place(drv, { command: "type -t phase" });
    for (const option of ["-lc", "-lic"]) {
      const words = [SHELL, option, "tool; type -t phase"];
      const { stdout } = await root.attempt(words, shell.environment);
      expect(stdout.toString(), option).toBe("hook of phases\nfrom the tool\nfunction\n");
    }
    const { stdout } = await root.attempt([...shell.command, "-i"], shell.environment);
    expect(stdout.toString()).toBe("hook of phases\nfunction\n");
  });

  test("comes into a shell outside of images, with files that are there", async () => {
    const show = async (name: string, command: string) => {
      const { path, derivation } = await read(name);
      const { script } = describeEnvironment(path, derivation, { shell: SHELL });
      await placeFiles(root, [{ path: "/build/environment", content: script }]);
      const env = new Map([["PATH", "/usr/bin:/bin"], ["HOME", "/root"]]);
      // Debian's Bash takes a socket for a remote shell, and reads its rc file.
      const words = [
        "/bin/bash",
        "--norc",
        "-euc",
        `set +u; source /build/environment; ${command}`,
      ];
      const { stdout, stderr } = await root.attempt(words, env);
      expect(stderr).toBe("");
      return stdout.toString();
    };
    expect(await show("files", 'cat "$firstPath" "$secondPath"; echo "$PATH $HOME"'))
      .toBe("one\n/usr/bin:/bin /root\n");
    const [folder, text, json] =
      (await show("structured", 'echo "$TMPDIR"; echo "${list[0]}"; cat "$NIX_ATTRS_JSON_FILE"'))
        .split("\n");
    expect(folder).toMatch(/^\/tmp\/nix-shell\./);
    expect(text).toBe("a b");
    expect(JSON.parse(json!).table).toEqual({ a: "b", "c d": 1, e: null });
    expect(await show("phases", "tool; echo $hooked"))
      .toBe("hook of phases\nfrom the tool\n1\n");
  });
});
