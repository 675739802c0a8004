/** Helpers: what they make, in whose layers, and which words of a SPEC and flags ask for them. */
import { describe, expect, it } from "vitest";
import type { Base } from "../../../src/compose/base/base.ts";
import { build } from "../../../src/compose/build.ts";
import {
  makeBinSh,
  makeCaCertificates,
  makeFakeNss,
  makeShadowFiles,
  makeUsrBinEnv,
} from "../../../src/compose/helpers/mod.ts";
import { addFlags } from "../../../src/compose/spec/flags.ts";
import type { Spec } from "../../../src/compose/spec/spec.ts";
import { cat } from "../../../src/flatten/cat.ts";
import { ls } from "../../../src/flatten/ls.ts";
import { image } from "../../support/images.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { collectStream } from "../../../src/bytes/stream.ts";
import { HELLO, LIBC, makeSmallStore, ROOT } from "../store.ts";

const BASH = `/nix/store/${"a".repeat(32)}-bash`;

async function built(spec: Spec, base?: Base) {
  const folder = await temporaryFolder();
  await makeSmallStore(folder);
  const notices: string[] = [];
  const all = { store: "store", closure: "graph.json", ...spec };
  const { image } = await build(all, {
    folder,
    base,
    onNotice: ({ code, message }) => notices.push(`${code} ${message}`),
  });
  const files = new Map([...await ls(image)].map((one) => [one.path, one]));
  const read = async (path: string) =>
    (await collectStream(await cat(image, path), 1 << 20, path)).toString();
  return { image, files, notices, read };
}

const targets = (made: ReturnType<typeof makeBinSh>) =>
  made.map((one) => one.type === "symlink" ? `${one.path} -> ${one.target}` : one.path);

describe("helpers", () => {
  it("link to a program of a package, or to the very one that is named", () => {
    expect(targets(makeBinSh(BASH))).toEqual([`/bin/sh -> ${BASH}/bin/bash`]);
    expect(targets(makeBinSh(`${BASH}/bin/dash`))).toEqual([`/bin/sh -> ${BASH}/bin/dash`]);
    expect(targets(makeBinSh("/opt/sh"))).toEqual(["/bin/sh -> /opt/sh"]);
    expect(targets(makeUsrBinEnv(BASH))).toEqual([`/usr/bin/env -> ${BASH}/bin/env`]);
    expect(targets(makeCaCertificates(BASH))).toEqual([
      "/etc/ssl/certs/ca-bundle.crt",
      "/etc/ssl/certs/ca-certificates.crt",
      "/etc/pki/tls/certs/ca-bundle.crt",
    ].map((place) => `${place} -> ${BASH}/etc/ssl/certs/ca-bundle.crt`));
  });

  it("make users as nixpkgs' fakeNss does", () => {
    const made = makeFakeNss({
      extraPasswdLines: ["app:x:1000:1000:an app:/home/app:/bin/sh"],
      extraGroupLines: ["app:x:1000:"],
    });
    expect(made).toEqual([
      {
        type: "file",
        path: "/etc/passwd",
        mode: 0o644,
        content: "root:x:0:0:root user:/var/empty:/bin/sh\n" +
          "app:x:1000:1000:an app:/home/app:/bin/sh\n" +
          "nobody:x:65534:65534:nobody:/var/empty:/bin/sh\n",
      },
      {
        type: "file",
        path: "/etc/group",
        mode: 0o644,
        content: "root:x:0:\napp:x:1000:\nnobody:x:65534:\n",
      },
      { type: "file", path: "/etc/nsswitch.conf", mode: 0o644, content: "hosts: files dns\n" },
      { type: "directory", path: "/var/empty" },
    ]);
  });

  it.each([
    ["app:x:1:1::/home", "it has 6 fields, and 7 are needed"],
    ["app:x:1:1::/home:/bin/sh\nb:x:2:2::/:", "it is more than one line"],
    [":x:1:1::/:/bin/sh", '"" cannot be a name'],
    ["a b:x:1:1::/:/bin/sh", '"a b" cannot be a name'],
    ["-app:x:1:1::/:/bin/sh", '"-app" cannot be a name'],
    ["root:x:1:1::/:/bin/sh", "root is there already"],
    ["app:x:-1:1::/:/bin/sh", "the uid is not a number"],
    ["app:x:4294967295:1::/:/bin/sh", "the uid is not a number"],
    ["app:x:1:one::/:/bin/sh", "the gid is not a number"],
    ["app:x:1:1::home:/bin/sh", "the home is not an absolute path"],
    ["app:secret:1:1::/:sh", "the shell is not an absolute path"],
  ])("refuse the line %j of users", (line, words) => {
    const make = () => makeFakeNss({ extraPasswdLines: ["ok:x:5:5::/:", line] }, "helpers.fakeNss");
    expect(make).toThrow(`helpers.fakeNss.extraPasswdLines[1]: ${words}`);
    expect(make).not.toThrow("secret");
  });

  it("refuse lines of groups that are none", () => {
    expect(() => makeFakeNss({ extraGroupLines: ["app:x:1"] })).toThrow(
      "fakeNss.extraGroupLines[0]: it has 3 fields, and 4 are needed",
    );
  });

  it("make what useradd needs, where there is none", () => {
    const paths = (...there: string[]) =>
      makeShadowFiles("/bin/sh", (place) => there.includes(place)).map(({ path }) => path);
    expect(paths()).toEqual([
      "/etc/passwd",
      "/etc/shadow",
      "/etc/group",
      "/etc/gshadow",
      "/etc/pam.d/other",
      "/etc/login.defs",
    ]);
    expect(paths("/etc/passwd", "/etc/group", "/etc/pam.d")).toEqual(["/etc/login.defs"]);
  });
});

describe.each(["dockertools", "nix2container"] as const)("helpers of a SPEC: %s", (style) => {
  it("are in the last layer, with all that they need", async () => {
    const { files, read, notices } = await built({
      style,
      helpers: { binSh: `${HELLO}/bin/hello`, fakeNss: true, tmp: true },
    });
    expect(files.get("/bin/sh")?.linkpath).toBe(`${HELLO}/bin/hello`);
    expect(files.has(`${LIBC}/lib/libc.so`)).toBe(true);
    expect(files.get("/tmp")).toMatchObject({ mode: 0o1777, uid: 0 });
    expect(await read("/etc/passwd")).toContain("nobody:x:65534");
    expect(notices).toEqual([]);
  });

  it("stand beside what is copied to the root", async () => {
    const { files } = await built({ style, copyToRoot: HELLO, helpers: { tmp: true } });
    expect(files.has("/bin/hello")).toBe(true);
    expect(files.get("/tmp")?.mode).toBe(0o1777);
  });
});

describe("helpers", () => {
  it("come before contents, so that engines find real files of users", async () => {
    const { files, notices } = await built({ contents: ROOT, helpers: { fakeNss: {} } });
    expect(files.get("/etc/passwd")?.type).toBe("file");
    expect(files.get("/bin/hi")?.type).toBe("symlink");
    expect(notices).toEqual([
      `LEFT_OUT contents: /etc/passwd of ${ROOT} is left out: a helper was first with it`,
    ]);
  });

  it("leave a base its users", async () => {
    const base = { image: await image({ layers: [{ "etc/passwd": "mine" }] }), reference: "it" };
    const spec = { fromImage: "it", helpers: { shadowSetup: true } };
    const { read, files } = await built(spec, base);
    expect(await read("/etc/passwd")).toBe("mine");
    expect(files.has("/etc/shadow")).toBe(false);
    expect(await read("/etc/gshadow")).toBe("root:x::\n");
    expect(files.get("/etc/gshadow")?.mode).toBe(0o600);
  });

  it("are refused by name where they cannot be", async () => {
    await expect(built({ helpers: { fakeNss: true, shadowSetup: true } })).rejects.toThrow(
      "helpers: fakeNss and shadowSetup both make /etc/passwd",
    );
    await expect(built({ helpers: { binSh: "./result" } })).rejects.toThrow(
      'helpers.binSh: "./result" is not absolute',
    );
    await expect(built({ copyToRoot: ROOT, helpers: { fakeNss: true } })).rejects.toMatchObject({
      code: "EXISTS",
      message: `Cannot put "/etc/passwd" into the layer: a file is there already, from ` +
        `"${ROOT}/etc/passwd"`,
    });
    const missing = `/nix/store/${"9".repeat(32)}-bash`;
    await expect(built({ helpers: { binSh: missing } })).rejects.toThrow(
      `helpers.binSh: ${missing} is not valid in the store`,
    );
  });

  it("are refused where a store path lacks the file that they link to", async () => {
    for (
      const [helper, file] of [["binSh", "bin/bash"], ["usrBinEnv", "bin/env"], [
        "caCertificates",
        "etc/ssl/certs/ca-bundle.crt",
      ]]
    ) {
      await expect(built({ helpers: { [helper!]: HELLO } })).rejects.toMatchObject({
        code: "NOT_FOUND",
        message: `helpers.${helper}: ${HELLO} has no ${file}`,
        hint: expect.stringContaining("name the file itself"),
      });
    }
    const below = `${HELLO}/bin/hello/below`;
    await expect(built({ helpers: { binSh: below } })).rejects.toThrow("has no bin/hello/below");
  });

  it("are said by a flag", () => {
    const spec = addFlags({ helpers: { tmp: true } }, { helper: ["fakeNss", `binSh=${BASH}`] });
    expect(spec.helpers).toEqual({ tmp: true, fakeNss: true, binSh: BASH });
    const refused = (word: string) => () => addFlags({}, { helper: [word] });
    expect(refused("fakenss")).toThrow('--helper: there is no helper "fakenss"');
    expect(refused("binSh")).toThrow("--helper: binSh needs a store path");
    expect(refused("tmp=/x")).toThrow("--helper: tmp takes no path");
  });
});
