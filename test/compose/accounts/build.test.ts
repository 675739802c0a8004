/** Users, groups, /etc, packages and Nix in a SPEC: what is in the image, and what is refused. */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Base } from "../../../src/compose/base/base.ts";
import { build } from "../../../src/compose/build.ts";
import { checkSpec } from "../../../src/compose/spec/read.ts";
import type { Spec } from "../../../src/compose/spec/spec.ts";
import { cat } from "../../../src/flatten/cat.ts";
import { ls } from "../../../src/flatten/ls.ts";
import { collectStream } from "../../../src/bytes/stream.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { image } from "../../support/images.ts";
import { HELLO, makeSmallStore, ROOT } from "../store.ts";

const SHELL = { defaultUserShell: `${HELLO}/bin/hello` };
const NORMAL = { isNormalUser: true };

async function built(
  spec: Spec,
  { base, files = {}, links = {} }: {
    base?: Base;
    files?: Record<string, string>;
    links?: Record<string, string>;
  } = {},
) {
  const folder = await temporaryFolder();
  await makeSmallStore(folder);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  for (const [name, target] of Object.entries(links)) await symlink(target, join(folder, name));
  const notices: string[] = [];
  const whole = await checkSpec({ store: "store", closure: "graph.json", ...spec }, "spec");
  const { image, plan } = await build(whole, {
    folder,
    base,
    onNotice: ({ code, message }) => notices.push(`${code} ${message}`),
  });
  const listed = new Map([...await ls(image)].map((one) => [one.path, one]));
  const read = async (path: string) =>
    (await collectStream(await cat(image, path), 1 << 20, path)).toString();
  const look = (path: string) => {
    const one = listed.get(path);
    return one && [one.type, one.mode, one.uid, one.gid].join(" ");
  };
  return { image, plan, notices, read, look, listed };
}

const baseOf = async (layer: Record<string, string>): Promise<Base> => ({
  image: await image({ layers: [layer] }),
  reference: "oci-dir:base",
});

const refused = (spec: Spec, message: string, more: Parameters<typeof built>[1] = {}) =>
  expect(built(spec, more)).rejects.toThrow(message);

describe("users and groups", () => {
  it("are added to those in a folder that is copied to the root", async () => {
    const files = {
      "root/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nold:x:1000:100::/:/bin/false\n",
      "root/etc/group": "root:x:0:\nusers:x:100:\n",
      "root/bin/app": "",
    };
    const users = { ...SHELL, alice: NORMAL };
    const { read, look } = await built({ copyToRoot: ["root"], users }, { files });
    const names = (await read("/etc/passwd")).split("\n").map((line) => line.split(":", 3));
    expect(names).toEqual(expect.arrayContaining([["old", "x", "1000"], ["alice", "x", "1001"]]));
    expect(look("/etc/passwd")).toBe(`file ${0o644} 0 0`);
    await refused(
      {
        copyToRoot: ["root"],
        users: { ...SHELL, old: { ...NORMAL, uid: 1234 } },
      },
      "old",
      { files },
    );
  });

  it.each<Spec>([
    { systemPackages: [ROOT, HELLO], pathsToLink: ["/etc"] },
    { copyToRoot: [ROOT, HELLO] },
  ])("are added to those in a store path that is at the root: %j", async (spec) => {
    const { read, look } = await built({ ...spec, users: { ...SHELL, alice: NORMAL } });
    expect(await read("/etc/passwd")).toBe(
      `root:x:0:0::/:\nalice:x:1000:100::/home/alice:${HELLO}/bin/hello\n`,
    );
    expect(look("/etc/passwd")).toBe(`file ${0o644} 0 0`);
  });

  it("are files, homes and keys", async () => {
    const { read, look, notices } = await built({
      users: {
        ...SHELL,
        alice: {
          ...NORMAL,
          openssh: { authorizedKeys: { keys: ["ssh-rsa A a"], keyFiles: ["b.pub"] } },
        },
      },
    }, { files: { "b.pub": "ssh-rsa B b\n" } });
    expect((await read("/etc/passwd")).split("\n")[1])
      .toBe(`alice:x:1000:100::/home/alice:${HELLO}/bin/hello`);
    expect(await read("/etc/shadow")).toContain("alice:!:1::::::\n");
    expect(await read("/home/alice/.ssh/authorized_keys")).toBe("ssh-rsa A a\nssh-rsa B b\n");
    expect(look("/home/alice")).toBe(`directory ${0o700} 1000 100`);
    expect(look("/etc/shadow")).toBe(`file ${0o640} 0 318`);
    expect(look("/tmp")).toBe(`directory ${0o1777} 0 0`);
    // Its shell is in the image.
    expect(look(`${HELLO}/bin/hello`)).toContain("file");
    expect(notices).toEqual([]);
  });

  it("keep a base's files, modes and folders", async () => {
    const base = await baseOf({
      "etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
      "etc/group": "root:x:0:\n",
      "root/mine": "",
      "tmp/mine": "",
    });
    const { read, look } = await built({ users: { ...SHELL, bob: NORMAL } }, { base });
    expect(await read("/etc/passwd")).toBe(
      `root:x:0:0:root:/root:/bin/bash\nbob:x:1000:100::/home/bob:${HELLO}/bin/hello\n`,
    );
    expect(await read("/etc/group")).toBe("root:x:0:\nusers:x:100:\n");
    expect(look("/etc/shadow")).toBe(`file ${0o600} 0 0`);
    expect(look("/root")).toBe(`directory ${0o755} 0 0`);
  });

  it("are not there when they are disabled", async () => {
    const openssh = { authorizedKeys: { keys: ["ssh-rsa A a"] } };
    const { read, look } = await built({
      users: { ...SHELL, off: { ...NORMAL, enable: false, shell: "/bin/none", openssh } },
    });
    expect(await read("/etc/passwd")).not.toContain("off");
    expect(look("/home/off") ?? look("/etc/ssh")).toBeUndefined();
  });

  it("get no shell that is not a program", async () => {
    const spec: Spec = { systemPackages: ["tools"], users: { bob: NORMAL } };
    // It is not a program.
    await refused(spec, "users.bob.shell: the image has no shell", {
      files: { "tools/bin/sh": "" },
    });
  });

  it("say which IDs may move, until a file holds them", async () => {
    const users = { ...SHELL, bob: NORMAL, carol: NORMAL };
    const loose = await built({ users });
    expect(loose.notices).toEqual([
      expect.stringContaining("IDS users: these IDs follow from the order of names"),
    ]);
    expect(loose.notices[0]).toContain("users.bob 1000, users.carol 1001");
    const first = await built({ users, ids: "ids.json" });
    const text = first.notices[0]!.slice(first.notices[0]!.indexOf("{"));
    const files = { "ids.json": text };
    expect((await built({ users, ids: "ids.json" }, { files })).notices).toEqual([]);
    const more = await built({ users: { ...users, alice: NORMAL }, ids: "ids.json" }, { files });
    expect(more.notices[0]).toContain("alice gets 1002, so that nobody moves");
    expect(await more.read("/etc/passwd")).toContain("bob:x:1000:");
  });

  it("name what of a base is gone", async () => {
    const base = await baseOf({
      "etc/passwd": "old:x:9:9::/:/bin/sh\n",
      "etc/group": "old:x:9:\n",
    });
    const { notices } = await built({ users: { ...SHELL, mutableUsers: false } }, { base });
    expect(notices).toEqual([
      "LEFT_OUT users.mutableUsers is false: the user old, the group old of the base are not in the image",
      "LEFT_OUT The base's Cmd is not kept: say in config what is wanted, or in inherit what stays (all, env, none)",
    ]);
  });

  it.each<[Spec, string]>([
    [{ users: { "a:b": NORMAL } }, 'users.a:b: "a:b" cannot be a name'],
    [{ users: { "-a": NORMAL } }, "cannot be a name"],
    [{ users: { ["a".repeat(32)]: NORMAL } }, "cannot be a name"],
    [
      { users: { a: { ...NORMAL, isSystemUser: true } } },
      "users.a: it is a normal user and a system",
    ],
    [{ users: { a: { ...NORMAL, uid: 999 } } }, "users.a.uid: 999 is below 1000"],
    [{ users: { a: { ...NORMAL, uid: 2 ** 32 - 1 } } }, "users.a.uid: 4294967295 is more than"],
    [{ users: { a: { ...NORMAL, home: "here" } } }, 'users.a.home: "here" is not a place'],
    [
      { users: { ...SHELL, a: { ...NORMAL, home: "/" } } },
      "users.a.home: / is the root of the image",
    ],
    [{ users: { a: { ...NORMAL, expires: "2027-02-30" } } }, "users.a.expires: there is no day"],
    [{ users: { a: { ...NORMAL, description: "a:b" } } }, "users.a.description: it has a colon"],
    [{ users: { a: { ...NORMAL, hashedPassword: "a:b" } } }, "users.a.hashedPassword: a hash has"],
    [
      { users: { a: { ...NORMAL, hashedPassword: "secret" } } },
      "users.a.hashedPassword: it is not",
    ],
    [{ users: { a: { ...NORMAL, name: "b" }, b: NORMAL } }, "users.b: users.a has the name b, too"],
    [{ users: { a: { isSystemUser: true } } }, "users.a.group: a system user needs a group"],
    [{ users: { a: { ...NORMAL, shell: "/bin/zsh" } } }, "users.a.shell: the image has no program"],
    [
      { users: { defaultUserShell: "/bin/zsh" } },
      "users.defaultUserShell: the image has no program",
    ],
    [
      { users: { ...SHELL, a: NORMAL }, helpers: { fakeNss: true } },
      "helpers.fakeNss: users and groups make /etc/passwd as well",
    ],
    [
      { users: { ...SHELL, a: { ...NORMAL, home: "/file/home" } }, copyToRoot: "root" },
      "users.a.home: /file/home cannot be a folder, for /file is a file",
    ],
    [
      {
        users: { ...SHELL, a: { ...NORMAL, home: "/file/home/", createHome: false } },
        copyToRoot: "root",
      },
      "users.a.home: /file/home/ cannot be a folder, for /file is a file",
    ],
    [
      { etc: { a: { text: "", user: "nobody-here" } } },
      "etc.a.user: the image has no user nobody-here",
    ],
    [{ etc: { a: {} } }, "etc.a: there is no text and no source"],
    [{ etc: { a: { text: "", source: "b" } } }, "etc.a: there is a text and a source"],
    [{ etc: { "../a": { text: "" } } }, 'etc.../a: "../a" is not a place below /etc'],
    [
      { etc: { a: { text: "" }, "a/b": { text: "" } } },
      "etc.a/b: /etc/a/b cannot be made, for etc.a",
    ],
    [
      { etc: { a: { text: "" }, b: { text: "", target: "a" } } },
      "etc.b: /etc/a cannot be made, for",
    ],
    [{ etc: { a: { source: "nothing" } } }, "etc.a.source: there is no"],
    [
      { etc: { passwd: { text: "" } }, groups: {} },
      "etc.passwd: users and groups of the SPEC make",
    ],
    [{ nix: { enable: true } }, "nix.package: the image has no Nix"],
    [{ nix: { enable: true, package: HELLO, user: "me" } }, "nix.user: the image has no user me"],
    [
      { nix: { enable: true, package: HELLO, extraOptions: "a = b\nwhat?" } },
      "nix.extraOptions: line 2 is not a setting",
    ],
    [
      { nix: { enable: true, package: HELLO, buildMachines: [{ hostName: "a" }] } },
      "nix.buildMachines[0]: there is no system",
    ],
    [{ image: { interactive: true } }, "image.interactive: the image has no bash and no sh"],
  ])(
    "%j is refused: %s",
    (spec, message) => refused(spec, message, { files: { "root/file": "" } }),
  );

  it("cannot have homes below files of a base", async () => {
    const base = await baseOf({ srv: "a file" });
    const user = { isSystemUser: true, group: "users", home: "/srv/a", createHome: true };
    await refused({ users: { a: user } }, "users.a.home: /srv/a cannot be a folder, for /srv", {
      base,
    });
    const deep = await baseOf({ "var/lib/app/data": "a file" });
    for (const home of ["/var/lib/app/data", "/var/lib/app/data/of/a"]) {
      const message = `users.a.home: ${home} cannot be a folder, for /var/lib/app/data is a file`;
      await refused({ users: { a: { ...user, home } } }, message, { base: deep });
    }
  });

  it("have fields with hints", async () => {
    await expect(checkSpec({ users: { a: { isNormalUsr: true } } }, "spec"))
      .rejects.toMatchObject({
        message: "spec: users.a.isNormalUsr: there is no such field",
        hint: "did you mean isNormalUser?",
      });
    await expect(checkSpec({ users: { mutableUsers: "no" } }, "spec"))
      .rejects.toThrow("spec: users.mutableUsers: must be true or false");
  });
});

describe("etc", () => {
  it("has texts, copies and links", async () => {
    const { read, look, listed } = await built({
      etc: {
        motd: { text: "hello\n" },
        "app/app.conf": { source: "app.conf", mode: "0640", gid: 7 },
        folder: { source: "conf.d" },
        linked: { source: `${HELLO}/bin/hello` },
        copied: { source: `${HELLO}/bin/hello`, mode: "0400", user: "+9" },
        off: { enable: false, text: "" },
        other: { text: "", target: "x/y" },
      },
    }, { files: { "app.conf": "conf\n", "conf.d/a": "a\n" } });
    expect(await read("/etc/motd")).toBe("hello\n");
    expect(look("/etc/app/app.conf")).toBe(`file ${0o640} 0 7`);
    expect(await read("/etc/folder/a")).toBe("a\n");
    expect(listed.get("/etc/linked")).toMatchObject({ type: "symlink" });
    expect(await read("/etc/linked")).toBe("#!/bin/sh");
    expect(look("/etc/copied")).toBe(`file ${0o400} 9 0`);
    expect(look("/etc/off")).toBeUndefined();
    expect(look("/etc/x/y")).toBe(`file ${0o644} 0 0`);
  });
});

describe("systemPackages", () => {
  it("have links at the root, of the folders that are linked", async () => {
    const { look } = await built({ systemPackages: [HELLO, ROOT] });
    expect(look("/bin/hello")).toContain("symlink");
    expect(look("/bin/hi")).toContain("symlink");
    expect(look("/etc")).toBeUndefined();
    const all = await built({ systemPackages: ROOT, pathsToLink: ["/etc/"] });
    expect(all.look("/etc/passwd")).toContain("symlink");
  });

  it.each([{}, { style: "nix2container" }] as const)(
    "come to a copied root whose /bin is a link, and are found there: %j",
    async (style) => {
      const { look } = await built({
        ...style,
        copyToRoot: "root",
        systemPackages: [HELLO],
        users: { alice: { ...NORMAL, shell: "/bin/hello" } },
      }, { files: { "root/usr/bin/app": "" }, links: { "root/bin": "usr/bin" } });
      expect(look("/bin")).toContain("symlink");
      expect(look("/usr/bin/hello")).toContain("symlink");
      expect(look("/usr/bin/app")).toContain("file");
    },
  );

  it("do not make an image interactive that has no shell", async () => {
    const spec: Spec = { image: { interactive: [HELLO] } };
    await refused(spec, "image.interactive: the image has no bash and no sh");
  });
});

describe("nix", () => {
  it("has settings, users, channels and a database", async () => {
    const { read, look, plan } = await built({
      nix: {
        enable: true,
        package: HELLO,
        maxJobs: 4,
        useSandbox: "relaxed",
        binaryCaches: ["https://cache.example/"],
        trustedUsers: ["root", "@wheel"],
        settings: { "experimental-features": ["nix-command", "flakes"], cores: 2 },
        extraOptions: "gc-keep-outputs = true\n",
        channels: { nixpkgs: "https://channels.nixos.org/nixos-unstable" },
        envVars: { A: "b" },
        nrBuildUsers: 2,
      },
    });
    expect((await read("/etc/nix/nix.conf")).split("\n")).toEqual([
      "build-users-group = nixbld",
      "max-jobs = 4",
      "cores = 2",
      "sandbox = relaxed",
      "substituters = https://cache.example/",
      "trusted-public-keys = cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=",
      "trusted-users = root @wheel",
      "allowed-users = *",
      "auto-optimise-store = false",
      "require-sigs = true",
      "builders =",
      "experimental-features = nix-command flakes",
      "gc-keep-outputs = true",
      "",
    ]);
    expect(await read("/root/.nix-channels")).toBe(
      "https://channels.nixos.org/nixos-unstable nixpkgs\n",
    );
    expect(await read("/etc/passwd")).toContain(
      "nixbld2:x:30002:30000:Nix build user 2:/var/empty:/sbin/nologin\n",
    );
    expect(await read("/etc/group")).toContain("nixbld:x:30000:nixbld1,nixbld2\n");
    expect(look("/nix/var/nix/db/db.sqlite")).toContain("file");
    expect(look("/nix/var/nix/profiles/per-user")).toBe(`directory ${0o1777} 0 0`);
    expect(plan.config.config).toMatchObject({
      Env: ["A=b", "NIX_PATH=nixpkgs=/nix/var/nix/profiles/per-user/root/channels/nixpkgs"],
    });
  });

  it("has a daemon, which an init of the image starts", async () => {
    await refused(
      { nix: { enable: true, package: HELLO, daemon: true } },
      "nix.daemon: the image has no program",
    );
    await refused(
      { nix: { enable: true, package: HELLO, daemon: true }, init: "none" },
      "nix.daemon: nothing runs it, for init is none",
    );
    await refused(
      { nix: { enable: true, package: HELLO, daemon: true, user: "me" } },
      "nix.user: the daemon runs as root",
    );
  });

  it("belongs to a user", async () => {
    const { read, look } = await built({
      users: { ...SHELL, me: NORMAL },
      nix: { enable: true, package: HELLO, user: "me" },
    });
    expect(await read("/etc/nix/nix.conf")).toMatch(/^build-users-group =\n/);
    expect(await read("/etc/passwd")).not.toContain("nixbld1");
    for (
      const place of ["/nix", "/nix/store", "/nix/var/nix/db", "/nix/var/nix/profiles/per-user"]
    ) {
      expect(look(place), place).toBe(`directory ${0o755} 1000 100`);
    }
  });

  it("lists machines, and tells what an image cannot have", async () => {
    const { read, notices } = await built({
      nix: {
        enable: true,
        package: HELLO,
        readOnlyStore: true,
        daemonIONiceLevel: 3,
        distributedBuilds: true,
        buildMachines: [{
          hostName: "linux64.example.org",
          sshUser: "buildfarm",
          sshKey: "/root/.ssh/id_buildfarm",
          system: "x86_64-linux",
          maxJobs: 2,
          speedFactor: 2,
          supportedFeatures: ["kvm"],
          mandatoryFeatures: ["perf"],
        }],
      },
    });
    expect(await read("/etc/nix/machines")).toBe(
      "buildfarm@linux64.example.org x86_64-linux /root/.ssh/id_buildfarm 2 2 perf,kvm perf\n",
    );
    expect(await read("/etc/nix/nix.conf")).not.toContain("builders");
    expect(notices).toEqual([
      "LEFT_OUT nix.readOnlyStore: an image mounts nothing",
      "LEFT_OUT nix.daemonIONiceLevel: containers have no such priority",
    ]);
  });
});
