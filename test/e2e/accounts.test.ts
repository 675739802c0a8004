/**
 * Users in containers, as the programs of Debian see them: `id`, `getent`, `su` and `login` with PAM,
 * on a base that has Debian's users and on none.
 */
import { copyFile, mkdir, mkdtemp, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { attempt, run } from "./support/command.ts";
import { nixoci } from "./support/copying.ts";
import { lacks, peers } from "./support/peers.ts";

let folder: string;
let number = 0;

const PROGRAMS = ["id", "getent", "su", "login", "bash", "stat", "cat", "touch"];

/** Debian's own, as far as it matters here. */
const PASSWD =
  "root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n" +
  "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
const GROUP =
  "root:x:0:\ntty:x:5:\nwww-data:x:33:\nshadow:x:42:\nvideo:x:44:\nusers:x:100:\nnogroup:x:65534:\n";
const SHADOW =
  "root:*:19000:0:99999:7:::\nwww-data:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n";
const PAM =
  "auth sufficient pam_rootok.so\nauth required pam_unix.so\naccount required pam_unix.so\n" +
  "session required pam_unix.so\npassword required pam_unix.so\n";

/** Makes a folder with Debian's programs and their libraries, in the layout of `/usr` merged. */
async function makeRoot(): Promise<string> {
  const root = await mkdtemp(join(folder, "root-"));
  await mkdir(join(root, "usr/bin"), { recursive: true });
  await mkdir(join(root, "usr/lib"), { recursive: true });
  for (const [link, target] of [["bin", "usr/bin"], ["lib", "usr/lib"], ["lib64", "usr/lib"]]) {
    await symlink(target!, join(root, link!));
  }
  const modules = (await run(["sh", "-c", "ls -d /lib/*/security"])).trim();
  const files = [`${modules}/pam_rootok.so`, `${modules}/pam_unix.so`];
  for (const name of PROGRAMS) {
    const program = (await run(["sh", "-c", `PATH=$PATH:/usr/sbin; command -v ${name}`])).trim();
    await copyFile(await realpath(program), join(root, "usr/bin", name));
    files.push(await realpath(program));
  }
  const libraries = new Set<string>();
  for (const file of files) {
    for (const [, library] of (await run(["ldd", file])).matchAll(/(\/\S+) \(0x/g)) {
      libraries.add(library!);
    }
  }
  for (const library of libraries) {
    await copyFile(await realpath(library), join(root, "usr/lib", library.split("/").at(-1)!));
  }
  await mkdir(join(root, "usr/lib/security"), { recursive: true });
  for (const file of files.slice(0, 2)) {
    await copyFile(file, join(root, "usr/lib/security", file.split("/").at(-1)!));
    const place = join(root, modules);
    await mkdir(place, { recursive: true });
    await copyFile(file, join(place, file.split("/").at(-1)!));
  }
  await mkdir(join(root, "etc/pam.d"), { recursive: true });
  for (const name of ["su", "su-l", "login", "other"]) {
    await writeFile(join(root, "etc/pam.d", name), PAM);
  }
  await writeFile(join(root, "etc/login.defs"), "");
  return root;
}

async function makeBase(root: string): Promise<string> {
  const etc = await mkdtemp(join(folder, "etc-"));
  await mkdir(join(etc, "etc"));
  await writeFile(join(etc, "etc/passwd"), PASSWD);
  await writeFile(join(etc, "etc/group"), GROUP);
  await writeFile(join(etc, "etc/shadow"), SHADOW);
  return await built({
    copyToRoot: [root, etc],
    perms: [{ path: etc, regex: "/etc/shadow$", mode: "0640", uid: 0, gid: 42 }],
  }, `oci-dir:${join(folder, "base")}`);
}

async function built(spec: Spec, reference: string): Promise<string> {
  const file = join(folder, `${number++}.json`);
  await writeFile(file, JSON.stringify(spec));
  const host = reference.startsWith("daemon:") ? ["--host", peers.engines.docker!] : [];
  const { status, stderr } = await nixoci(["build", "-q", ...host, file, reference]);
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  return reference;
}

async function ran(name: string, ...command: string[]) {
  const words = ["docker", "--host", peers.engines.docker!, "run", "--rm", "--network", "none"];
  const { status, stdout, stderr } = await attempt([...words, name, ...command]);
  return { status, output: stdout.toString().trim(), stderr };
}

const USERS: Spec = {
  users: {
    alice: {
      isNormalUser: true,
      description: "Alice",
      extraGroups: ["wheel", "app"],
      hashedPassword: "",
      openssh: { authorizedKeys: { keys: ["ssh-ed25519 AAAA alice"] } },
    },
    app: { isSystemUser: true, group: "app", home: "/srv/app", createHome: true, homeMode: "750" },
  },
  groups: { app: { gid: 4000 } },
  etc: {
    "app/secret.conf": { text: "secret\n", mode: "0640", group: "app" },
    motd: { text: "hello\n" },
  },
};

describe.skipIf(lacks("docker", "root"))("users of an image", () => {
  let root: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(peers.folder, "accounts-"));
    root = await makeRoot();
  });

  describe.each(["on Debian's", "on none", "on none, in style nix2container"])("%s", (kind) => {
    let name: string;
    const isOnBase = kind === "on Debian's";

    beforeAll(async () => {
      const style = kind.includes("nix2container") ? "nix2container" : "dockertools";
      const below: Spec = isOnBase
        ? { fromImage: await makeBase(root) }
        : { style, copyToRoot: root };
      name = `e2e-accounts-${number++}`;
      await built({ ...USERS, ...below, config: { Cmd: ["/bin/bash"] } }, `daemon:${name}`);
    });

    test("are who id and getent say", async () => {
      const script = "id alice; id app; getent passwd alice app nobody; getent group wheel";
      const { status, output, stderr } = await ran(name, "/bin/bash", "-ec", script);
      expect([status, stderr]).toEqual([0, ""]);
      expect(output.split("\n")).toEqual([
        "uid=1000(alice) gid=100(users) groups=100(users),1(wheel),4000(app)",
        "uid=999(app) gid=4000(app) groups=4000(app)",
        "alice:x:1000:100:Alice:/home/alice:/bin/bash",
        // Debian's users stay as they are.
        ...isOnBase
          ? [
            "app:x:999:4000::/srv/app:/sbin/nologin",
            "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
          ]
          : [
            "app:x:999:4000::/srv/app:/sbin/nologin",
            "nobody:x:65534:65534:Unprivileged account (don't use!):/var/empty:/sbin/nologin",
          ],
        "wheel:x:1:alice",
      ]);
    });

    test("have homes and files with their owners", async () => {
      const script =
        "stat -c '%a %u:%g %n' /home/alice /home/alice/.ssh/authorized_keys /srv/app " +
        "/etc/app/secret.conf /etc/motd /etc/passwd /etc/shadow /tmp; cat /etc/motd";
      const { output } = await ran(name, "/bin/bash", "-ec", script);
      expect(output.split("\n")).toEqual([
        "700 1000:100 /home/alice",
        "600 1000:100 /home/alice/.ssh/authorized_keys",
        "750 999:4000 /srv/app",
        "640 0:4000 /etc/app/secret.conf",
        "644 0:0 /etc/motd",
        "644 0:0 /etc/passwd",
        isOnBase ? "640 0:42 /etc/shadow" : "640 0:318 /etc/shadow",
        "1777 0:0 /tmp",
        "hello",
      ]);
    });

    test("become themselves by su and login", async () => {
      const script = "touch ~/mine; cat /etc/app/secret.conf; echo $USER $HOME $SHELL";
      const su = await ran(name, "/bin/su", "-", "alice", "-c", script);
      expect(su).toEqual({ status: 0, output: "secret\nalice /home/alice /bin/bash", stderr: "" });
      const login = await ran(
        ...["-t", name] as const,
        ...["/bin/bash", "-c", "echo 'id -un; exit' > /home/alice/.bash_profile; login -f alice"],
      );
      expect(login.output.split(/\r?\n/)).toContain("alice");
    });
  });

  test("of a container's User are found by their names", async () => {
    const name = `e2e-accounts-${number++}`;
    const config = { User: "alice", Cmd: ["/bin/id", "-un"] };
    await built({ ...USERS, copyToRoot: root, config }, `daemon:${name}`);
    expect(await ran(name)).toEqual({ status: 0, output: "alice", stderr: "" });
  });
});
