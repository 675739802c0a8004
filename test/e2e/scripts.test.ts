/**
 * Scripts of a SPEC, run for real: the cases of nixpkgs' own test of dockerTools that use some
 * (nixos/tests/docker-tools.nix), and those of its manual.
 */
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { collectStream } from "../../src/bytes/stream.ts";
import { build, type BuildResult } from "../../src/compose/build.ts";
import { sourceOf } from "../../src/compose/source.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { copy } from "../../src/copy/copy.ts";
import type { Image } from "../../src/image/root.ts";
import { flatten } from "../../src/flatten/mod.ts";
import { openBase } from "../../transports/base.ts";
import { openSink } from "../../transports/mod.ts";
import { run } from "./support/command.ts";
import { listImage, listLayer } from "./support/files-of.ts";
import { removeNixStore } from "./support/nix-store.ts";
import { lacks, peers } from "./support/peers.ts";
import { makeScriptStore, type ScriptStore } from "./support/script-store.ts";

let folder: string;
let store: ScriptStore;
let number = 0;
const opened: AsyncDisposable[] = [];

/** Builds an image; what scripts print comes with it. */
async function built(spec: Spec): Promise<BuildResult & { readonly printed: string[] }> {
  const printed: string[] = [];
  const tools = [store.bash, store.busybox];
  const result = await build({ store: store.root, tools, ...spec }, {
    folder,
    openBase,
    onNotice: ({ code, message }) => code === "OUTPUT" && printed.push(message),
  });
  opened.push(result);
  return { ...result, printed };
}

/** Lists the topmost layer. */
async function top(spec: Spec): Promise<string[]> {
  return await listLayer((await built(spec)).image.layers.at(-1)!);
}

/** Puts an image where others can stand on it. */
async function base(spec: Spec): Promise<string> {
  const reference = `oci-dir:${folder}/base-${number++}`;
  const { image } = await built(spec);
  const sink = await openSink(reference);
  try {
    await copy(sourceOf({ image, name: undefined }), sink);
  } finally {
    await sink[Symbol.asyncDispose]();
  }
  return reference;
}

/** An image with busybox at its root, made once. */
const busyboxBase = () => baseOfBusybox ??= base({ copyToRoot: store.busybox });
let baseOfBusybox: Promise<string> | undefined;

/** Writes the files of an image to a folder. */
async function writeImage(image: Image, out: string): Promise<void> {
  const tar = Buffer.from(await collectStream(flatten(image), 1e8, "the image"));
  await run(["tar", "-x", "-C", out], { input: tar });
}

/** Makes a folder of files, to be copied to the root. */
async function files(contents: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(folder, "root-"));
  for (const [name, text] of Object.entries(contents)) {
    await mkdir(join(root, name, ".."), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return root;
}

/** Gives the store paths that an image has in its store. */
async function storePathsOf(image: Image): Promise<string[]> {
  const names = (await listImage(image)).flatMap((line) =>
    /^\S+ \S+ nix\/store\/([^/ ]+)/.exec(line)?.[1] ?? []
  );
  return [...new Set(names)].map((name) => `/nix/store/${name}`).sort();
}

const failure = (spec: Spec) =>
  built(spec).then(() => {
    throw new Error("it was built");
  }, (error: { message: string; hint?: string; code: string }) => error);

const given = lacks("nix", "busybox", "root", "tar", "bash-static", "shadow");

describe.skipIf(given)("scripts", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(peers.folder, "scripts-"));
    store = await makeScriptStore(join(folder, "store"));
  });

  afterAll(async () => {
    for (const one of opened) await one[Symbol.asyncDispose]();
    await removeNixStore(store.root);
  });

  describe("extraCommands", () => {
    test("run in the folder of the layer; their text is taken byte for byte", async () => {
      const extraCommands = [
        "#!/bin/sh -x",
        "cat > quotes <<'EOF'",
        'it\'s "(a)" `b` $c \\',
        "EOF",
        'mkdir -p var/log; chmod 700 var/log; ln -s ../x var/l; echo "(extraCommand)" > ext\\ ra',
      ].join("\n");
      expect(await top({ extraCommands })).toEqual([
        "0755 0:0 ./",
        '0644 0:0 ext ra "(extraCommand)\\n"',
        '0644 0:0 quotes "it\'s \\"(a)\\" `b` $c \\\\\\n"',
        "0755 0:0 var/",
        "0777 0:0 var/l -> ../x",
        "0700 0:0 var/log/",
      ]);
    });

    test("may be 300 KB long", async () => {
      const text = "it's a line\n".repeat(26_000);
      const { image } = await built({ extraCommands: `cat > f <<'END'\n${text}END` });
      expect(image.layers.at(-1)!.descriptor.size).toBeGreaterThan(300_000);
    });

    test("have the folders and variables of Nix's builds, and none of that is in the layer", async () => {
      const extraCommands = [
        "for dir in $HOME $TMPDIR $TMP $NIX_BUILD_TOP /tmp; do touch $dir/x; done",
        'test "$out" = "$PWD"; echo $SOURCE_DATE_EPOCH > $out/time',
      ].join("\n");
      expect(await top({ extraCommands })).toEqual(["0755 0:0 ./", '0644 0:0 time "315532800\\n"']);
    });

    test("find nothing of this machine, and leave nothing on it", async () => {
      const { printed } = await built({
        extraCommands: "ls -A /; ! ls /etc /usr /root /home; ! touch /nix/store/x",
      });
      const root = ["build", "dev", "layer", "nix", "proc", "sys", "tmp"];
      expect(printed.slice(0, root.length)).toEqual(root.map((name) => `extraCommands: ${name}`));
      const made = `/nixoci-e2e-${process.pid}`;
      const error = await failure({ extraCommands: `touch ${made}` });
      expect(error.hint).toContain("write below the working folder, which becomes /");
      await expect(readFile(made)).rejects.toThrow("ENOENT");
    });

    test("write to read-only folders of store paths, whose modes stay", async () => {
      const lines = await top({ copyToRoot: store.users, extraCommands: "touch etc/hosts" });
      expect(lines).toEqual([
        "0755 0:0 ./",
        "0555 0:0 etc/",
        '0444 0:0 etc/group "root:x:0:\\n"',
        "0644 0:0 etc/hosts",
        '0444 0:0 etc/passwd "root:x:0:0::/root:/bin/sh\\n"',
      ]);
    });

    test("find links to contents, and write beside them", async () => {
      const spec = {
        contents: store.users,
        extraCommands: "cat etc/passwd > copy; touch etc/hosts",
      };
      expect(await top(spec)).toEqual([
        "0755 0:0 ./",
        '0644 0:0 copy "root:x:0:0::/root:/bin/sh\\n"',
        "0755 0:0 etc/",
        `0777 0:0 etc/group -> ${store.users}/etc/group`,
        "0644 0:0 etc/hosts",
        `0777 0:0 etc/passwd -> ${store.users}/etc/passwd`,
      ]);
    });

    test("change the Nix database, and are in it with what they mention", async () => {
      const database = async (extraCommands: string) => {
        const { image } = await built({ deps: store.users, includeNixDB: true, extraCommands });
        const out = await mkdtemp(join(folder, "root-"));
        await writeImage(image, out);
        const nix = ["nix", "--extra-experimental-features", "nix-command"];
        const query = [...nix, "path-info", "--all", "--store", out];
        return (await run(query)).trim().split("\n").sort();
      };
      expect(await database("touch x")).toEqual([store.users]);
      expect(await database(`ln -s ${store.hello}/bin/hello; chmod 700 nix/var/nix/db`))
        .toEqual([store.bash, store.hello, store.users].sort());
    });

    test("make files of the SPEC's user", async () => {
      const spec = { copyToRoot: await files({ a: "a" }), uid: 1000, gid: 100 };
      expect(await top({ ...spec, extraCommands: "touch b" })).toEqual([
        "0755 1000:100 ./",
        '0644 1000:100 a "a"',
        "0644 1000:100 b",
      ]);
      expect(await top({ ...spec, fakeRootCommands: "touch c; chown 7 a" })).toEqual([
        "0755 1000:100 ./",
        '0644 7:100 a "a"',
        "0644 0:0 c",
      ]);
    });

    test("bring the store paths that their results mention, and not those that they run", async () => {
      const { image } = await built({
        extraCommands: `${store.hello}/bin/hello; cp -r ${store.busybox}/* .`,
      });
      expect(await storePathsOf(image)).toEqual([store.busybox]);
      const linked = await built({ extraCommands: `ln -s ..${store.hello}/bin/hello h` });
      expect(await storePathsOf(linked.image)).toEqual([store.bash, store.hello].sort());
    });
  });

  describe("fakeRootCommands", () => {
    test("give files to users", async () => {
      const fakeRootCommands = "mkdir -p ./home/jane\nchown 1000 ./home/jane; id -u";
      const { image, printed } = await built({ fakeRootCommands });
      expect(printed).toEqual(["fakeRootCommands: 0"]);
      expect(await listLayer(image.layers.at(-1)!)).toEqual([
        "0755 0:0 ./",
        "0755 0:0 home/",
        "0755 1000:0 home/jane/",
      ]);
    });

    test("come after extraCommands", async () => {
      const lines = await top({
        extraCommands: "echo a > f",
        fakeRootCommands: "echo b >> f; chown 5:6 f",
      });
      expect(lines).toEqual(["0755 0:0 ./", '0644 5:6 f "a\\nb\\n"']);
    });

    test("with enableFakechroot see the layer as their root, and nothing of the base", async () => {
      const fromImage = await base({ extraCommands: "echo base > of-base" });
      const lines = await top({
        fromImage,
        copyToRoot: store.users,
        enableFakechroot: true,
        fakeRootCommands: [
          "test ! -e /of-base; test $PWD = /; test $out = /; touch $TMPDIR/x; echo > /dev/null",
          `export PATH=${store.shadow}/bin:$PATH`,
          "groupadd -r hello; useradd -r -g hello hello",
          "mkdir /data; chown hello:hello /data; rm -f /etc/.pwd.lock /etc/*-",
        ].join("\n"),
      });
      expect(lines.filter((line) => /data|passwd|group|\.\/$/.test(line))).toEqual([
        "0755 0:0 ./",
        expect.stringMatching(/^0755 9\d\d:9\d\d data\/$/),
        expect.stringMatching(/^0\d+ 0:0 etc\/group "root:x:0:\\nhello:x:9\d\d:\\n"$/),
        expect.stringMatching(/^0\d+ 0:0 etc\/passwd .*hello:[x!]:9\d\d:9\d\d:/),
      ]);
    });

    test("without it, say what users need", async () => {
      const error = await failure({ fakeRootCommands: `${store.shadow}/bin/useradd -r hello` });
      expect(error.message).toMatch(/^fakeRootCommands: line 1: exit status \d+$/);
      expect(error.hint).toContain("set enableFakechroot, or use runAsRoot");
    });
  });

  describe("runAsRoot", () => {
    test("sees the base and the contents, as for nixpkgs' redis", async () => {
      const fromImage = await busyboxBase();
      const lines = await top({
        fromImage,
        copyToRoot: store.users,
        runAsRoot:
          "mkdir -p /data; test -f /etc/passwd; test -f /bin/busybox; pwd > /data/pwd; id -u",
        config: { Env: ["PATH=/nowhere"], User: "nobody", WorkingDir: "/nowhere" },
      });
      expect(lines).toEqual([
        "0755 0:0 ./",
        "0755 0:0 data/",
        '0644 0:0 data/pwd "/\\n"',
        "0555 0:0 etc/",
        '0444 0:0 etc/group "root:x:0:\\n"',
        '0444 0:0 etc/passwd "root:x:0:0::/root:/bin/sh\\n"',
        "1777 0:0 tmp/",
      ]);
    });

    test("is followed by extraCommands in the same layer; quotes in both", async () => {
      const lines = await top({
        runAsRoot: 'echo "(runAsRoot)" > runAsRoot; mkdir -p /tmp; rmdir /tmp',
        extraCommands: "echo '(extraCommand)' > extraCommands",
      });
      expect(lines).toEqual([
        "0755 0:0 ./",
        '0644 0:0 extraCommands "(extraCommand)\\n"',
        '0644 0:0 runAsRoot "(runAsRoot)\\n"',
      ]);
    });

    test("hides what it deletes of the base, also when extraCommands follow", async () => {
      const fromImage = await base({
        copyToRoot: await files({
          "etc/a": "a",
          "etc/c": "c",
          "etc/ b'\n": "b",
          "var/x": "x",
          "-rf": "f",
        }),
      });
      const { image } = await built({
        fromImage,
        runAsRoot: "rm /etc/a '/etc/ b'\\'$'\\n' ./-rf; rm -r /var; touch -r /etc /etc; rmdir /tmp",
        extraCommands: "test ! -e etc/a",
      });
      const top = await listLayer(image.layers.at(-1)!);
      expect(top.filter((line) => line.includes(".wh."))).toEqual([
        "0644 0:0 .wh.-rf",
        "0644 0:0 .wh.var",
        "0644 0:0 etc/.wh. b'\n",
        "0644 0:0 etc/.wh.a",
      ]);
      expect(await listImage(image)).toEqual([
        "0755 0:0 ./",
        "0755 0:0 etc/",
        '0644 0:0 etc/c "c"',
      ]);
    });

    test("has no network but its own", async () => {
      const { printed } = await built({
        runAsRoot: "grep -c : /proc/net/dev; busybox ping -c 1 127.0.0.1 | grep -c received",
      });
      expect(printed).toEqual(["runAsRoot: 1", "runAsRoot: 1"]);
    });

    test("finds the programs of the base where no tools are named", async () => {
      const root = await mkdtemp(join(folder, "root-"));
      await run(["cp", "-a", `${store.real(store.busybox)}/bin`, root]);
      await run(["chmod", "u+w", join(root, "bin")]);
      const fromImage = await base({ copyToRoot: root });
      const lines = await top({ fromImage, tools: [], runAsRoot: "mkdir /made-by-sh" });
      expect(lines).toContain("0755 0:0 made-by-sh/");
      await run(["cp", "/bin/bash-static", `${root}/bin/bash`]);
      const withBash = await base({ copyToRoot: root });
      const script = "[[ a = a ]] && mkdir /made-by-bash";
      expect(await top({ fromImage: withBash, tools: [], runAsRoot: script }))
        .toContain("0755 0:0 made-by-bash/");
      const error = await failure({ tools: [], runAsRoot: "true" });
      expect(error.message).toBe("runAsRoot: there is no bash to run it in the image");
    });

    test("makes users with shadow's own programs, as dockerTools' manual has it", async () => {
      const lines = await top({
        runAsRoot: [
          `export PATH=${store.shadow}/bin:$PATH`,
          "mkdir -p /etc/pam.d",
          'echo "root:x:0:0::/root:/bin/sh" > /etc/passwd; echo "root:!x:::::::" > /etc/shadow',
          'echo "root:x:0:" > /etc/group; echo "root:x::" > /etc/gshadow; touch /etc/login.defs',
          "groupadd -r redis",
          "useradd -r -g redis -d /data -M redis",
          "mkdir /data",
          "chown redis:redis /data",
        ].join("\n"),
      });
      expect(lines).toContainEqual(expect.stringMatching(/^0755 9\d\d:9\d\d data\/$/));
    });
  });

  describe("commands of run", () => {
    test("make a layer each, with the image's variables, folder, user and shell", async () => {
      const fromImage = await busyboxBase();
      const { image, plan, printed } = await built({
        fromImage,
        copyToRoot: await files({ "etc/passwd": "jane:x:1000:100::/home/jane:\n" }),
        extraCommands: "mkdir -m 1777 tmp",
        config: { Env: ["A=b c"], WorkingDir: "/work", User: "jane", Shell: ["/bin/sh", "-ec"] },
        run: ['id -u; echo "$A" > /tmp/a; echo $HOME $PWD', "true", ["/bin/touch", "/tmp/$A"]],
      });
      expect(printed).toEqual(["run[0]: 1000", "run[0]: /home/jane /work"]);
      const layers = await Promise.all(image.layers.slice(-2).map((layer) => listLayer(layer)));
      expect(layers[0]).toContain('0644 1000:100 tmp/a "b c\\n"');
      expect(layers[1]).toContain("0644 1000:100 tmp/$A");
      const entries = plan.history?.slice(-3);
      expect(entries?.map(({ created_by, empty_layer }) => [created_by, empty_layer])).toEqual([
        [expect.stringContaining("RUN id -u; "), undefined],
        ["RUN true # nixoci", true],
        ['RUN ["/bin/touch","/tmp/$A"] # nixoci', undefined],
      ]);
    });

    test("that fail are named", async () => {
      const fromImage = await busyboxBase();
      expect((await failure({ fromImage, run: ["true", "exit 3"] })).message)
        .toMatch(/^run\[1\]: .*status 3$/);
      expect((await failure({ fromImage, run: [["/no-such"]] })).code).toBe("NOT_FOUND");
    });
  });

  describe("bad scripts", () => {
    test("say their line and status, and leave nothing behind", async () => {
      const temporary = await mkdtemp(join(folder, "tmp-"));
      onTestFinished(() => void vi.unstubAllEnvs());
      vi.stubEnv("TMPDIR", temporary);
      const error = await failure({
        extraCommands: "echo one\nf() {\n  false\n}\nf\necho never",
      });
      expect(error.message).toBe("extraCommands: line 3: exit status 1");
      expect(await readFile("/proc/self/mounts", "utf8")).not.toContain("nixoci ");
      expect(await readdir(temporary)).toEqual([]);
      expect((await failure({ extraCommands: "if true\n" })).message).toMatch(
        /line \d: exit status/,
      );
    });

    test("are stopped when they take too long, or too much room", async () => {
      const slow = await failure({ extraCommands: "sleep 1000", limits: { time: 1 } });
      expect([slow.code, slow.message]).toEqual([
        "LIMIT",
        "extraCommands: the command was stopped: it took more than 1 s",
      ]);
      const large = await failure({ runAsRoot: "cat /dev/zero > /x", limits: { size: 1_000_000 } });
      expect(large.code).toMatch(/^(?:LIMIT|FAILED)$/);
    });

    test("cannot write through a link to the store", async () => {
      const root = await mkdtemp(join(folder, "root-"));
      await mkdir(join(root, "etc"));
      await run(["ln", "-s", `${store.users}/etc/passwd`, join(root, "etc/passwd")]);
      const error = await failure({ copyToRoot: root, extraCommands: "echo x >> etc/passwd" });
      expect(error.message).toBe("extraCommands: line 1: exit status 1");
      expect(error.hint).toMatch(/^\/etc\/passwd is a link to .*put a copy in its place first/);
      expect(await readFile(store.real(`${store.users}/etc/passwd`), "utf8"))
        .toBe("root:x:0:0::/root:/bin/sh\n");
    });

    test("that delete all of the base delete it in the image", async () => {
      const fromImage = await busyboxBase();
      const { image } = await built({ fromImage, runAsRoot: "rm -rf /bin /self /tmp" });
      const lines = await listImage(image);
      expect(lines.filter((line) => !line.includes("nix"))).toEqual(["0755 0:0 ./"]);
    });

    test("that make what no layer here holds are refused by name", async () => {
      const error = await failure({ fakeRootCommands: "mkfifo pipe" });
      expect([error.code, error.message]).toEqual([
        "UNSUPPORTED",
        'fakeRootCommands: "/pipe" is a FIFO',
      ]);
    });
  });
});
