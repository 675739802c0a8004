/** Where people develop: files for dev containers and direnv, and commands in containers. */
import { chmod, copyFile, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { execPath } from "node:process";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { formatDerivation } from "../../../../src/nix/derivation/aterm/format.ts";
import { derivationWith } from "../../../nix/support/derivations.ts";
import { BASH, COREUTILS, makeShellStore, TOOL } from "../../../shell/store.ts";
import { type FakeEngine, fakeEngine } from "../../../support/fake-engine.ts";
import { openRegistry } from "../../../support/registry-server.ts";
import { LAUNCHER, type Outcome, RUN, spawned } from "../../run.ts";

interface World {
  /** The project, with `app.drv`. */
  readonly folder: string;
  readonly engine: FakeEngine;
  /** Runs `nixoci shell`; the store and the cache are the world's. */
  shell(...words: string[]): Promise<Outcome>;
  /** Reads a file of the project. */
  read(name: string): Promise<string>;
}

async function openWorld(kind: "docker" | "podman" = "docker"): Promise<World> {
  const { folder: store, drv, spec, dispose } = await makeShellStore();
  onTestFinished(dispose);
  const engine = await fakeEngine({ kind });
  const folder = join(store, "project");
  await mkdir(join(folder, ".devcontainer"), { recursive: true });
  await copyFile(drv, join(folder, "app.drv"));
  // An engine's command line that says what it is asked for.
  await mkdir(join(store, "bin"));
  await writeFile(join(store, "bin", kind), '#!/bin/sh\nprintf "%s\\n" "$@"\nexit 7\n');
  await chmod(join(store, "bin", kind), 0o755);
  const env = {
    ...process.env,
    PATH: `${store}/bin:${process.env["PATH"]}`,
    HOME: store,
    XDG_CACHE_HOME: join(store, "cache"),
    [kind === "podman" ? "CONTAINER_HOST" : "DOCKER_HOST"]: engine.host,
  };
  const flags = ["--store", spec.store, "--closure", spec.closure];
  return {
    folder,
    engine,
    shell: (...words) =>
      spawned(execPath, [...RUN, LAUNCHER, "shell", ...flags, ...words], "", { cwd: folder, env }),
    read: (name) => readFile(join(folder, name), "utf8"),
  };
}

/** Writes another derivation. */
async function change({ folder }: World, name: string): Promise<void> {
  const derivation = derivationWith({
    inputSrcs: [BASH, TOOL],
    builder: `${BASH}/bin/bash`,
    env: new Map([["name", name]]),
  });
  await writeFile(join(folder, "app.drv"), formatDerivation(derivation));
}

const FILE = ".devcontainer/devcontainer.json";

describe("nixoci shell --devcontainer", () => {
  const words = ["app.drv", "daemon:app-env", "--devcontainer", ".", "--package", COREUTILS];

  it("makes the image once, and asks one question where a container has it", async () => {
    const world = await openWorld();
    const { folder, engine } = world;
    const first = await world.shell(...words);
    expect(first).toMatchObject({ status: 0, stdout: expect.stringMatching(/^sha256:/) });
    expect(first.stderr).toContain("VS Code's server does not start");
    const { image, initializeCommand, remoteUser } = JSON.parse(await world.read(FILE));
    expect(image).toBe("docker.io/library/app-env:latest");
    // The CLI gives root's number to nobody else.
    expect(remoteUser).toBe(process.getuid?.() === 0 ? "root" : "nixbld");
    expect(initializeCommand.slice(0, 6).join(" ")).toBe(
      "nixoci shell app.drv daemon:app-env --devcontainer .",
    );
    expect(initializeCommand).toContain(COREUTILS);
    const id = engine.tags.get(image)!;
    const { Labels } = JSON.parse(engine.images.get(id)!.config.toString("utf8")).config;
    expect(JSON.parse(Labels["devcontainer.metadata"])).toEqual([{ remoteUser: "nixbld" }]);

    const before = (await stat(join(folder, FILE))).mtimeMs;
    engine.requests.length = 0;
    expect(await world.shell(...words)).toEqual({ status: 0, stdout: "", stderr: "" });
    const inspect = `GET /images/${image}/json`;
    expect(engine.requests).toEqual(["GET /_ping", "GET /containers/json", inspect]);
    const labels = { ...Labels, "devcontainer.local_folder": folder };
    engine.containers.set("current", labels);
    engine.requests.length = 0;
    expect(await world.shell(...words)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(engine.requests).toEqual(["GET /_ping", "GET /containers/json"]);
    expect((await stat(join(folder, FILE))).mtimeMs).toBe(before);
  });

  it("retires the container of a former image, and no other one", async () => {
    const world = await openWorld();
    const { folder, engine } = world;
    await world.shell(...words);
    const place = { "devcontainer.local_folder": folder };
    engine.containers.set("former", { ...place, "nixoci.shell": "other" });
    engine.containers.set("elsewhere", { "devcontainer.local_folder": "/elsewhere" });
    const other = join(folder, ".devcontainer/other.json");
    engine.containers.set("another", { ...place, "devcontainer.config_file": other });
    await change(world, "b-1.0");
    const { stderr } = await world.shell(...words);
    expect(stderr).toContain("the container former had a former image, and is removed");
    expect([...engine.containers.keys()]).toEqual(["elsewhere", "another"]);
    expect(engine.loads.length).toBe(2);
  });

  it("names what is in a registry by its digest, which nobody else has to make", async () => {
    const world = await openWorld();
    const registry = await openRegistry();
    onTestFinished(() => registry[Symbol.asyncDispose]());
    const place = `${registry.host}/me/env`;
    const flags = ["--devcontainer", ".", "--tls-verify=false"];
    const { status, stdout } = await world.shell("app.drv", `registry:${place}:1`, ...flags);
    expect(status).toBe(0);
    const { image, initializeCommand } = JSON.parse(await world.read(FILE));
    expect([image, initializeCommand]).toEqual([`${place}@${stdout.trim()}`, undefined]);
    expect(world.engine.requests).toEqual([]);
  });

  it("keeps what is in the file, and refuses what it cannot keep", async () => {
    const world = await openWorld();
    const own = { remoteUser: "root", image: "old", mounts: ["a"] };
    await writeFile(join(world.folder, FILE), JSON.stringify(own));
    expect((await world.shell(...words)).status).toBe(0);
    const written = JSON.parse(await world.read(FILE));
    expect(written).toMatchObject({
      remoteUser: "root",
      mounts: ["a"],
      image: expect.stringContaining("app-env"),
    });
    expect(written.workspaceFolder).toBeUndefined();
    const refused = async (text: string) => {
      await writeFile(join(world.folder, FILE), text);
      const { status, stderr } = await world.shell(...words);
      expect(status).toBe(2);
      expect(await world.read(FILE)).toBe(text);
      return stderr;
    };
    expect(await refused('{ // mine\n "image": "x" }')).toContain(
      'write there "image": "docker.io/',
    );
    expect(await refused('{ "remoteUser": "vscode" }')).toContain('"vscode" is not in the image');
    expect(await refused("[]")).toContain("it is not an object");
    const commented = `{ // mine\n${JSON.stringify(written).slice(1)}`;
    await writeFile(join(world.folder, FILE), commented);
    expect((await world.shell(...words)).status).toBe(0);
    expect(await world.read(FILE)).toBe(commented);
  });

  it.each([
    [["app.drv", "oci-dir:out"], "Engines cannot start "],
    [["app.drv", "daemon:"], "Engines cannot start "],
    [["app.drv", "daemon:a", "--dry-run"], "--dry-run writes nothing"],
    [["app.drv"], "shell needs DESTINATION"],
  ])("refuses %s", async (some, message) => {
    const { status, stderr } = await (await openWorld()).shell(...some, "--devcontainer", ".");
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe("nixoci shell -- COMMAND", () => {
  it("has the engine run it, and asks one question the second time", async () => {
    const world = await openWorld();
    const { folder, engine } = world;
    const run = () => world.shell("app.drv", "-q", "--", "make", "--flag", "a b");
    const first = await run();
    expect(first.stderr).toBe("");
    const args = first.stdout.trim().split("\n");
    const at = args.indexOf("--user");
    const own = process.getuid!() === 0 ? "0:0" : `${process.getuid!()}:${process.getgid!()}`;
    expect(args.slice(at)).toEqual([
      ...["--user", own, "--mount", `type=bind,source=${folder},target=${folder}`],
      ...[
        "--workdir",
        folder,
        expect.stringMatching(/^docker\.io\/library\/a-1\.0-env:[a-f0-9]{32}$/),
      ],
      ...["in-nix-shell", "make", "--flag", "a b"],
    ]);
    expect(args.slice(0, 4)).toEqual(["--host", engine.host, "run", "--rm"]);
    expect(first.status).toBe(7);
    engine.requests.length = 0;
    expect((await run()).status).toBe(7);
    expect(engine.requests.map((request) => request.replace(/:\w{32}/, ""))).toEqual([
      ...["GET /_ping", "GET /images/docker.io/library/a-1.0-env/json"],
    ]);
    await change(world, "b-1.0");
    await run();
    expect(engine.images.size).toBe(2);
  });

  it("ends its container when a signal ends it", async () => {
    const world = await openWorld();
    // It ends when the container is removed, as Docker's does.
    const program = `#!/bin/sh
if [ "$3" = rm ]; then echo "$5" > removed; exit; fi
kill -TERM "$PPID"
until [ -s removed ]; do sleep 0.05; done
exit 137
`;
    await writeFile(join(world.folder, "../bin/docker"), program);
    const { status, stderr } = await world.shell("app.drv", "-q", "--", "make");
    expect([status, stderr]).toEqual([143, "nixoci: interrupted\n"]);
    expect(await world.read("removed")).toMatch(/^nixoci-shell-\w+\n$/);
  });

  it("can be Podman's, with its command line", async () => {
    const world = await openWorld("podman");
    const { stdout, status } = await world.shell(
      "app.drv",
      "-q",
      "--engine",
      "podman",
      "--",
      "true",
    );
    expect([stdout.split("\n").slice(0, 3), status]).toEqual([
      ["--url", world.engine.host, "run"],
      7,
    ]);
  });

  it.each([
    [["app.drv", "daemon:x", "--", "true"], "has no DESTINATION"],
    [["app.drv", "--print-env", "--", "true"], "--print-env does not go together with a command"],
    [["app.drv", "--plan", "x", "--", "true"], "--plan does not go together with a command"],
    [["app.drv", "--print-env", "--plan", "x"], "--print-env does not go together with --plan"],
    [["app.drv", "--dry-run", "--", "true"], "--dry-run runs nothing"],
    [["app.drv", "--dry-run", "--plan", "x"], "--dry-run writes nothing, and --plan"],
    [["app.drv", "--dry-run", "--direnv", "."], "--dry-run writes nothing, and --direnv"],
    [["--", "true"], "There is none of shell.nix, default.nix, flake.nix here"],
    [["app.drv", "daemon:x", "--engine", "podman"], "--engine is for a command"],
    [["app.drv", "--engine", "podman", "--", "true"], "is not Podman"],
    [["app.drv", "--run", "a", "--", "true"], "--run says what runs, and so does the command"],
    [["app.drv", "--tag", "a", "--", "true"], "--tag does not go together with a command"],
    [["app.drv", "--gc-roots", "x", "--print-env"], "--gc-roots is for expressions"],
    [["app.drv", "-A", "x", "--", "true"], "--attr is for files of expressions"],
  ])("refuses %s", async (some, message) => {
    const { status, stderr } = await (await openWorld()).shell(...some);
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

it("nixoci shell --direnv says so where nothing keeps a derivation", async () => {
  const world = await openWorld();
  expect(await world.shell("app.drv", "--direnv", ".")).toMatchObject({ status: 0, stderr: "" });
  const text = await world.read(".envrc");
  expect(text).toContain("# Nix may collect what this needs");
  expect(text).toContain("nixoci shell app.drv --print-env --quiet --store ");
});
