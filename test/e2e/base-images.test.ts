/**
 * Base images in Docker, without a network: expressions that pin nixpkgs find it there, nix-env installs
 * from it, and export-profile makes the root of a last stage; for root and for a user.
 */
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Feed } from "../../src/channels/feed/feed.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { type BaseStore, makeBaseStore } from "./support/base-store.ts";
import { attempt, run } from "./support/command.ts";
import { nixoci } from "./support/copying.ts";
import { lacks, need, peers } from "./support/peers.ts";

let store: BaseStore;
let folder: string;

async function load(name: string, spec: Spec, ...flags: string[]): Promise<string> {
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify({ ...store.spec, ...spec }));
  const words = ["base", "-q", "--host", peers.engines.docker!, ...flags, file, `daemon:${name}`];
  const { status, stderr } = await nixoci(words, { env: peers.env, timeout: 300_000 });
  expect([status, stderr]).toEqual([0, expect.not.stringContaining("lacks")]);
  return name;
}

/** On a busy machine Nix 2.8 kills builders that are about to end; nobody else is killed so. */
const AGAIN = `again() {
  exec {never}<> <(:) # nothing comes from it: reading it is how to wait without a program
  for ((try = 0; try < 60; try++)); do
    "$@" 2> /tmp/said && return
    case $(cat /tmp/said) in *"failed due to signal 9"*) ;; *) break ;; esac
    read -rt 0.3 -u $never || true
  done
  cat /tmp/said >&2
  return 1
}
`;

async function ran(name: string, script: string, ...flags: string[]) {
  const docker = ["docker", "--host", peers.engines.docker!];
  const words = ["run", "--rm", "--network", "none", ...flags, name, "bash", "-ec", AGAIN + script];
  const { status, stdout, stderr } = await attempt([...docker, ...words], { timeout: 300_000 });
  return { status, output: stdout.toString(), stderr };
}

/** An expression as the documents have it; without a name fetchTarball looks for `source`. */
const pinned = (name?: string) =>
  `fetchTarball { ${name === undefined ? "" : `name = "${name}"; `}` +
  `url = "https://nowhere.invalid/archive/1.tar.gz"; sha256 = "${store.sha256}"; }`;

const BUILD = (name?: string) =>
  `again nix-build --no-out-link -E '(import (${pinned(name)}) { }).hello'`;

describe.skipIf(lacks("docker", "nix", "patchelf", "root"))("a base image", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(peers.folder, "base-"));
    store = await makeBaseStore();
  }, 300_000);

  describe("for root", () => {
    let name: string;
    beforeAll(async () => {
      name = await load("e2e-base", {});
    }, 300_000);

    test("has the nixpkgs that expressions pin, by this name alone", async () => {
      const script = `$(${BUILD("nixpkgs-src")})/bin/hello
        again nix-build --no-out-link '<nixpkgs>' -A hello > /dev/null
        { ${BUILD()} || true; } 2>&1 | grep -q 'unable to download' && echo downloads`;
      expect((await ran(name, script)).output).toBe("hello\ndownloads\n");
    });

    test("installs, and exports what is installed as the documents say", async () => {
      const script = `mkdir -p src && cd src
        echo 'let pkgs = import (${
        pinned("nixpkgs-src")
      }) { }; in { myEnv = pkgs.hello; }' > default.nix
        cd .. && again nix-env -f src -iA myEnv && export-profile /dist
        profile=$(readlink -f ~/.nix-profile)
        cd /dist && find . -path './nix/store' -prune -o -print | sed "s|$profile|PROFILE|" > /names
        for one in $(find ./run ./etc -type l); do echo "$one -> $(readlink $one)"; done |
          sed "s|$profile|PROFILE|" > /links
        while read -r line; do all[\${#all[@]}]=$line; done < /names; printf '%s\\n' "\${all[@]}"
        cat /links
        test "$(nix-store -qR $profile | wc -l)" = "$(ls /dist/nix/store | wc -l)"
        ls -d /dist.part* 2> /dev/null || echo clean`;
      const { output, stderr } = await ran(name, script.replaceAll("| wc -l", "| grep -c ''"));
      const lines = output.trim().split("\n");
      expect([stderr, lines.filter((line) => !line.startsWith("./nix/")).sort()]).toEqual(["", [
        ".",
        "./etc",
        "./etc/dangling",
        "./etc/dangling -> /nowhere",
        "./etc/hello",
        "./etc/hello/hello.conf",
        "./etc/hello/hello.conf -> PROFILE/etc/hello/hello.conf",
        "./nix",
        "./run",
        "./run/profile",
        "./run/profile/a",
        "./run/profile/a/x",
        "./run/profile/a/x/y",
        "./run/profile/a/x/y -> PROFILE/a/x/y",
        "./run/profile/b",
        "./run/profile/b/y",
        "./run/profile/b/y/x",
        "./run/profile/b/y/x -> PROFILE/b/y/x",
        "./run/profile/bin",
        "./run/profile/bin/hello",
        "./run/profile/bin/hello -> PROFILE/bin/hello",
        "./run/profile/etc",
        "./run/profile/etc/dangling",
        "./run/profile/etc/dangling -> /nowhere",
        "./run/profile/etc/hello",
        "./run/profile/etc/hello/hello.conf",
        "./run/profile/etc/hello/hello.conf -> PROFILE/etc/hello/hello.conf",
        "./run/profile/linked",
        "./run/profile/linked/dangling",
        "./run/profile/linked/dangling -> /nowhere",
        "./run/profile/linked/hello",
        "./run/profile/linked/hello/hello.conf",
        "./run/profile/linked/hello/hello.conf -> PROFILE/linked/hello/hello.conf",
        "./run/profile/manifest.nix",
        "./run/profile/manifest.nix -> PROFILE/manifest.nix",
        "./run/profile/outside",
        "./run/profile/outside -> PROFILE/outside",
        "./run/profile/share",
        "./run/profile/share/circle",
        "./run/profile/share/circle -> PROFILE/share/circle",
        "clean",
      ]]);
    });

    test("exports nothing where it cannot, and says why in a line", async () => {
      const script = `say() { export-profile "$@" 2>&1 || echo "status $?"; }
        say /dist; say; say /tmp
        again nix-env -f '<nixpkgs>' -iA hello
        NIX_PROFILE=/etc say /dist; NIX_PROFILE=/nix/var/nix/profiles/default/bin say /dist
        ln -s /nowhere /link; say /link; say /proc/dist
        mkdir /small; nix-store() { return 1; }; export -f nix-store; PATH=/small:$PATH
        printf '#!/bin/sh\\nexit 1\\n' > /small/nix-store; chmod +x /small/nix-store; say /dist; ls -d /dist*`;
      const { output } = await ran(name, script);
      expect(output.split("\n").filter((line) => !line.startsWith("  "))).toEqual([
        "export-profile: /root/.nix-profile is not a profile: install something with nix-env first, or set " +
        "NIX_PROFILE",
        "status 1",
        "Usage: export-profile ROOT",
        "status 2",
        "export-profile: /tmp is there already: name a new folder",
        "status 1",
        "export-profile: /etc leads to /etc, which is not in /nix/store",
        "status 1",
        expect.stringMatching(/^export-profile: \S+ leads into \S+: name the profile itself$/),
        "status 1",
        "export-profile: /link is there already: name a new folder",
        "status 1",
        expect.stringMatching(/^mkdir: .*\/proc\/dist\.part/),
        expect.stringMatching(/^export-profile: cannot make \/proc\/dist\.part/),
        "status 1",
        expect.stringMatching(/^export-profile: Nix does not know \/nix\/store\//),
        "status 1",
        "",
      ]);
    });

    test("exports nothing onto a full disk", async () => {
      const script = `again nix-env -f '<nixpkgs>' -iA hello
        export-profile /full/dist || echo "status $?"; ls -A /full`;
      const { output, stderr } = await ran(name, script, "--tmpfs", "/full:size=1m");
      expect(output).toBe("status 1\n");
      expect(stderr).toMatch(/^export-profile: cannot copy what \/nix\/\S+ refers to: cp: .+\n$/);
    });

    test("exports nothing where it is killed, and the next run cleans up", async () => {
      const script = `again nix-env -f '<nixpkgs>' -iA hello; mkdir /slow
        printf '#!/bin/sh\n: > /started\nexec sleep 1000\n' > /slow/nix-store; chmod +x /slow/nix-store
        PATH=/slow:$PATH export-profile /dist & pid=$!
        until [ -e /started ]; do sleep 0.1; done
        kill -9 $pid; wait $pid 2> /dev/null || echo "status $?"
        for one in /dist*; do echo "\${one%%[0-9]*}"; done
        export-profile /dist; for one in /dist*; do echo "\${one%%[0-9]*}"; done`;
      expect(await ran(name, script)).toMatchObject({
        status: 0,
        output: "status 137\n/dist.part-\n/dist\n",
      });
    });

    test("is the first stage of the documented Dockerfile, and its last one runs", async () => {
      const context = await mkdtemp(join(folder, "context-"));
      const page = await readFile(new URL("../../docs/base-images.md", import.meta.url), "utf8");
      const [, documented = ""] = /^```dockerfile\n(.*?)^```/ms.exec(page) ?? [];
      const dockerfile = documented.replace("localhost:5000/nixpkgs:COMMIT", name);
      expect(dockerfile).toContain(`FROM ${name} AS build`);
      await writeFile(join(context, "Dockerfile"), dockerfile);
      const expression = `let pkgs = import (${
        pinned("nixpkgs-src")
      }) { }; in { myEnv = pkgs.hello; }`;
      await writeFile(join(context, "default.nix"), expression);
      const docker = ["docker", "--host", peers.engines.docker!];
      const build = [...docker, "build", "--network", "none", "--tag", "e2e-dockerfile", context];
      const env = { ...peers.env, DOCKER_BUILDKIT: "0" };
      let done = await attempt(build, { env, timeout: 300_000 });
      for (
        let tries = 0;
        tries < 20 && /due to signal 9/.test(done.stdout + done.stderr);
        tries++
      ) {
        done = await attempt(build, { env, timeout: 300_000 });
      }
      expect([done.status, done.status === 0 ? "" : done.stdout + done.stderr]).toEqual([0, ""]);
      const run = [...docker, "run", "--rm", "--network", "none", "e2e-dockerfile", "hello"];
      expect((await attempt(run)).stdout.toString()).toBe("hello\n");
    }, 600_000);

    test("keeps its settings, and finds all of its store unchanged", async () => {
      const script =
        `cat /etc/nix/nix.conf > /before; for i in 1 2 3; do bash -lic true 2> /dev/null; done
        [ "$(cat /before)" = "$(cat /etc/nix/nix.conf)" ] && echo same
        nix-store --verify --check-contents 2>&1 | grep -v '^\\(reading\\|checking\\)' || echo unchanged
        id nixbld30; nix-collect-garbage 2>&1 | grep -c 'nixpkgs-src' || echo kept`;
      expect((await ran(name, script)).output).toBe(
        "same\nunchanged\nuid=30030(nixbld30) gid=30000(nixbld) groups=30000(nixbld)\n0\nkept\n",
      );
    });

    test("has a last stage, in a Dockerfile and without one: file by file the same", async () => {
      const stage = await mkdtemp(join(folder, "stage-"));
      const script = `again nix-env -f '<nixpkgs>' -iA hello posix
      export-profile /out/dist; mkdir /out/root; cp -R -P -p /nix /out/root/nix`;
      expect(await ran(name, script, "--volume", `${stage}:/out`)).toMatchObject({ status: 0 });
      const profile = join(stage, "root/nix/var/nix/profiles/default");
      const words = ["build", "-q", "--store", join(stage, "root"), "--profile", profile];
      const built = await nixoci([...words, "--cmd", "hello", `oci-dir:${stage}/images:last`]);
      expect(built).toMatchObject({ status: 0, stderr: "" });
      const unpacked = join(stage, "files");
      await nixoci(["export", "-q", `oci-dir:${stage}/images:last`, "--dir", unpacked]);
      const compare = ["diff", "--recursive", "--no-dereference", join(stage, "dist"), unpacked];
      const { status, stdout } = await attempt(compare);
      expect([stdout.toString(), status]).toEqual(["", 0]);
      const host = ["--host", peers.engines.docker!];
      await nixoci(["copy", "-q", ...host, `oci-dir:${stage}/images:last`, "daemon:e2e-last"]);
      const run = ["docker", ...host, "run", "--rm", "--network", "none", "e2e-last"];
      expect((await attempt(run)).stdout.toString()).toBe("hello\n");
    }, 300_000);
  });

  test("for a user, and under a second name", async () => {
    const flags = [
      "--nix-user",
      "alice",
      "--nixpkgs-name",
      "nixpkgs-src",
      "--nixpkgs-name",
      "source",
    ];
    const name = await load("e2e-base-user", {}, ...flags);
    const script = `id -un; pwd; $(${BUILD()})/bin/hello; $(${BUILD("nixpkgs-src")})/bin/hello
      again nix-env -f '<nixpkgs>' -iA hello; export-profile dist; ls dist; hello
      nix-store --verify --check-contents 2>&1 | grep -v '^\\(reading\\|checking\\)' || echo unchanged`;
    expect(await ran(name, script)).toMatchObject({
      status: 0,
      output: "alice\n/home/alice\nhello\nhello\netc\nnix\nrun\nhello\nunchanged\n",
    });
  });

  test.skipIf(lacks("registry", "git"))(
    "is made for each commit of a channel, once, and tested before",
    async () => {
      const { host } = need(peers.registries.plain, "the registry");
      const history = await makeHistory(join(folder, "history"));
      const archives = await serveArchive(store.archive);
      const write = (name: string, value: unknown) =>
        writeFile(join(folder, name), JSON.stringify(value));
      const follow = (feed: Feed) =>
        write("channels.json", {
          image: `registry:${host}/bases/{channel}`,
          nixpkgs: `${archives.url}/{commit}.tar.gz`,
          spec: "base.json",
          channels: [{ name: "unstable", feed }],
        });
      const update = async (...flags: string[]) => {
        const words = ["base", "update", "-q", "--json", "--exit-code", ...flags];
        const done = await nixoci([...words, join(folder, "channels.json")], { timeout: 300_000 });
        return { status: done.status, ...JSON.parse(done.stdout.toString()).channels[0] };
      };
      await write("base.json", store.spec);
      await follow({ git: "history", branch: "unstable" });
      const first = await history.commit();
      expect(await update()).toMatchObject({
        status: "updated",
        commits: [{ commit: first, status: "built" }],
      });
      const second = await history.commit();
      const log = ["git", "-C", "history", "log", "--format=%H", "--max-count=16", "unstable"];
      await follow({ command: log, newestFirst: true });
      // An image whose Nix does not work is not pushed.
      await write("base.json", { ...store.spec, nix: { package: store.packages.tools } });
      expect(await update()).toMatchObject({
        status: "failed",
        commits: [{ commit: second, status: "failed" }, { commit: first, status: "kept" }],
      });
      await write("base.json", store.spec);
      archives.fail(404);
      expect(await update()).toMatchObject({
        status: "failed",
        commits: [
          { status: "failed", reason: expect.stringContaining("Cannot fetch the nixpkgs") },
          { status: "kept" },
        ],
      });
      archives.fail(503);
      expect((await update()).commits).toEqual([
        { commit: second, status: "built" },
        { commit: first, status: "kept" },
      ]);
      expect(archives.asked()).toEqual([first, second, second, second, second]);
      expect(await update()).toMatchObject({ status: "current" });
      await follow({ command: ["echo", "<html>"] });
      expect(await update()).toMatchObject({ status: "failed", code: "MALFORMED", commits: [] });
      const tags = await nixoci(["tags", `registry:${host}/bases/unstable`]);
      expect(tags.stdout.toString().trim().split("\n").sort()).toEqual(
        [first, second, "latest"].sort(),
      );
    },
    600_000,
  );

  test.skipIf(lacks("registry"))(
    "is tested by chroot but for its build, and not at all where no image can run",
    async () => {
      const { host } = need(peers.registries.plain, "the registry");
      const programs = await mkdtemp(join(folder, "programs-"));
      const refuse = (name: string) =>
        writeFile(join(programs, name), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
      const env = { ...peers.env, PATH: `${programs}:${peers.env["PATH"] ?? process.env["PATH"]}` };
      const update = async (name: string, spec: Spec) => {
        await writeFile(join(folder, "chroot.json"), JSON.stringify(spec));
        const all = { spec: "chroot.json", nixpkgs: ["printf", store.archive, "{commit}"] };
        const channel = {
          name,
          image: `registry:${host}/bases/${name}`,
          feed: { command: ["printf", "%040d\n%040d\n", "1", "2"] },
        };
        const file = join(folder, "chroot-channels.json");
        await writeFile(file, JSON.stringify({ ...all, channels: [channel] }));
        const words = ["base", "update", "-q", "--json", file];
        const { stdout } = await nixoci(words, { env, timeout: 300_000 });
        return JSON.parse(stdout.toString()).channels[0];
      };
      await refuse("unshare");
      const untried = expect.stringContaining("nix-build");
      expect(await update("by-chroot", store.spec)).toMatchObject({
        status: "updated",
        commits: [{ status: "built", untried }, { status: "built", untried }],
      });
      const broken = { ...store.spec, nix: { package: store.packages.tools } };
      expect(await update("by-chroot-broken", broken)).toMatchObject({
        status: "failed",
        commits: [
          { status: "failed", reason: expect.stringContaining("does not pass its test") },
          {},
        ],
      });
      await refuse("nsenter");
      const refused = await update("nowhere", store.spec);
      expect(refused).toMatchObject({ status: "failed", code: "REFUSED", commits: [] });
      expect(refused.reason).toMatch(/^Cannot test the image: Cannot run a command here: .*; /);
    },
    600_000,
  );
});

/** Makes a repository of git, to whose branch `unstable` commits are added. */
async function makeHistory(folder: string) {
  const who = ["-c", "user.name=me", "-c", "user.email=me@example.org"];
  const git = (...words: string[]) => run(["git", "-C", folder, ...who, ...words]);
  await run(["git", "init", "--quiet", "--initial-branch", "unstable", folder]);
  return {
    async commit() {
      await git("commit", "--quiet", "--allow-empty", "--message", "one more");
      return (await git("rev-parse", "HEAD")).trim();
    },
  };
}

/** Serves the archive of any commit; `fail` has the next request fail so. */
async function serveArchive(archive: string) {
  const asked: string[] = [];
  let next: number | undefined;
  const server = createServer((request, response) => {
    asked.push(request.url!.slice(1, 41));
    response.statusCode = next ?? 200;
    if (next !== undefined) response.setHeader("Retry-After", "0").end();
    else createReadStream(archive).pipe(response);
    next = undefined;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked: () => asked,
    fail: (status: number) => void (next = status),
  };
}
