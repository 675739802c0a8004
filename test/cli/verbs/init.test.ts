/** `nixoci init`: the tree of an init, which runs without a container. */
import { execFile } from "node:child_process";
import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { writeInit } from "../../../src/compose/services/write-init.ts";
import { checkSpec } from "../../../src/compose/spec/read.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { lacks } from "../../support/tools.ts";
import { LAUNCHER, RUN, spawned } from "../run.ts";

/** Runs the verb on a SPEC in a folder of its own. */
async function init(spec: object, ...more: string[]) {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, "spec.json"), JSON.stringify(spec));
  await writeFile(
    join(cwd, "app.service"),
    "[Service]\nExecStart=sh -c 'echo unit $WHO'\nEnvironment=WHO=me\nNice=3\nPrivateTmp=yes\n",
  );
  const words = ["init", "spec.json", "-o", "tree", ...more];
  return { cwd, ...await spawned(process.execPath, [...RUN, LAUNCHER, ...words], "", { cwd }) };
}

const isRoot = process.getuid?.() === 0;

const services = {
  pre: { type: "oneshot-pre", script: "echo before" },
  app: { execStart: 'sh -c "echo app; exit 4"' },
};

describe.skipIf(lacks("s6-svscan"))("nixoci init", () => {
  it("writes a tree whose init runs the services, and ends with their status", async () => {
    const { cwd, status, stdout, stderr } = await init({ services }, "--json");
    expect([status, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toEqual({ init: "tree/init", services: ["pre", "app"] });
    const ran = await promisify(execFile)(join(cwd, "tree/init"), [join(cwd, "state")])
      .catch((error) => error);
    expect([ran.code, ran.stdout]).toEqual([
      4,
      "before\napp\ninit: app: it ended with status 4\n",
    ]);
    expect(await readFile(join(cwd, "tree/scripts/pre"), "utf8")).toMatch(
      /^#!\/\S+sh -e\necho before\n$/,
    );
  });

  it("takes units, and says which of their lines are not kept", async () => {
    const { cwd, status, stderr } = await init({ units: ["./app.service"] });
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(/app\.service:5: PrivateTmp is not had: /),
    ]);
    const ran = await promisify(execFile)(join(cwd, "tree/init"), [join(cwd, "state")]);
    expect(ran.stdout).toBe("unit me\n");
    const refused = await init({ units: ["./app.service"], strictUnits: true });
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining("PrivateTmp")]);
  });

  it.each([
    [{}, "has no services"],
    [{ services: { "a b": { execStart: "true" } } }, 'services.a b: "a b" cannot be a service'],
    [{ services: { a: {} } }, "services.a: it needs either execStart or script"],
    [
      { services: { a: { execStart: "no-such-program" } } },
      'services.a.execStart: this machine has no program "no-such-program"',
    ],
    [
      { services: { a: { script: "#!/no/such\n" } } },
      "services.a.script: the script is read by /no/such",
    ],
    [
      { services: { a: { execStart: "true", user: "nobody-here" } } },
      "services.a.user: this machine has no user nobody-here",
    ],
    [
      { services: { a: { execStart: "true", after: "b" } } },
      "services.a.after: there is no service b",
    ],
    [
      { services: { a: { execStart: "true", readiness: "tcp many" } } },
      'services.a.readiness: "tcp many" says no way to be ready',
    ],
    [
      { services: { a: { execStart: "true", stopSignal: "NOPE" } } },
      'services.a.stopSignal: there is no signal "NOPE"',
    ],
    [
      { services: { a: { execStart: "true", limits: { nope: 1 } } } },
      "services.a.limits.nope: there is no such limit",
    ],
    [
      { services: { a: { execStart: "true", stateDirectory: "../x" } } },
      'services.a.stateDirectory: "../x" cannot be',
    ],
    [{ services: { a: { execStart: "true 'x" } } }, "services.a.execStart: a quote does not end"],
    [
      { services: { a: { execStart: "true", workingDirectory: "srv" } } },
      'services.a.workingDirectory: "srv" is not an absolute path',
    ],
    [
      { services: { a: { execStart: "true", path: ["/usr", "opt/app"] } } },
      'services.a.path: "opt/app" is not an absolute path',
    ],
    [
      { services: { a: { execStart: "true", extraGroups: ["no-such"] } } },
      "services.a.extraGroups: this machine has no group no-such",
    ],
    [
      { services: { a: { execStart: "true", environment: { "A=B": "c" } } } },
      'services.a.environment: "A=B" cannot be a variable\'s name',
    ],
    [
      { services: { a: { execStart: "true", environment: { "": "c" } } } },
      'services.a.environment: "" cannot be',
    ],
    [{ services, init: "none" }, "services.pre: nothing runs it"],
    [{ units: ["./none.service"] }, "units[0]: there is no unit none.service"],
    [{
      services: {
        a: { execStart: "true", after: "c" },
        b: { execStart: "true", after: ["a"] },
        c: { execStart: "true", after: ["b"] },
      },
    }, "services wait for each other in a circle: a → c → b → a"],
    [{
      services: { app: { execStart: "true" } },
      units: [{ name: "app.service", text: "[Service]\nExecStart=true\n" }],
    }, "There are two services app: services.app and units[0] (app.service)"],
    [
      { services: { a: { execStart: "/etc/passwd" } } },
      "services.a.execStart: /etc/passwd is not executable; make it so: chmod +x",
    ],
    [
      { services: { a: { execStart: "true", workingDirectory: "/no/such" } } },
      "services.a.workingDirectory: this machine has no folder /no/such",
    ],
  ])("refuses %j", async (spec, message) => {
    const folder = await temporaryFolder();
    const write = async () =>
      await writeInit(await checkSpec(spec, "spec"), join(folder, "tree"), { folder });
    const said = await write().catch(({ message, hint }) => `${message}; ${hint}`);
    expect(said).toContain(message);
    expect(await readdir(folder)).toEqual([]);
  });

  it.skipIf(!isRoot)("is not written where a service's user cannot reach its script", async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o700);
    const of = (fields: object) => ({ services: { a: { user: "nobody", ...fields } } });
    const write = async (spec: object, name: string) =>
      await writeInit(await checkSpec(spec, "spec"), join(folder, name), { folder });
    const wrong = await write(of({ script: ":" }), "tree").catch((error) => error);
    expect([wrong.message, wrong.hint]).toEqual([
      `services.a.script: its user nobody cannot enter ${folder}, and so not run a script in ` +
      `${folder}/tree`,
      `write the init below a folder that all can enter, as /opt, or chmod a+x ${folder}`,
    ]);
    await write(of({ execStart: "true" }), "program");
    await write(of({ script: ":", user: "root" }), "root");
    await chmod(folder, 0o711);
    await write(of({ script: ":" }), "open");
    expect((await readdir(folder)).sort()).toEqual(["open", "program", "root"]);
  });

  it("runs a DynamicUser as a number of its own, or as who runs it, and says so", async () => {
    const text = "[Service]\nType=oneshot\nExecStart=id -u\nDynamicUser=yes\n";
    const { cwd, status, stderr } = await init({ units: [{ name: "dyn.service", text }] });
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(
        /dyn\.service: DynamicUser: this machine has no user dyn: it runs as number \d+ where root/,
      ),
    ]);
    const number = /number (\d+)/.exec(stderr)![1]!;
    const ran = await promisify(execFile)(join(cwd, "tree/init"), [join(cwd, "state")]);
    expect(ran.stdout).toBe(isRoot ? `${number}\n` : `${process.getuid!()}\n`);
    if (!isRoot) return;
    const place = await temporaryFolder();
    for (const one of [cwd, place]) await chmod(one, 0o777);
    const asNobody = await promisify(execFile)(join(cwd, "tree/init"), [join(place, "state")], {
      uid: 65_534,
      gid: 65_534,
      cwd: "/",
    });
    expect(asNobody.stdout).toBe("65534\n");
  });

  it("says which fields are an image's alone", async () => {
    const { status, stderr } = await init({
      name: "app",
      services,
      users: { bob: { isNormalUser: true } },
      etc: { motd: { text: "hello" } },
      systemPackages: [],
      hardening: null,
    });
    expect([status, stderr.trimEnd()]).toEqual([
      0,
      expect.stringMatching(
        /^\S+ systemPackages, users, etc: not applied, for the init runs on this machine, with its files and users$/,
      ),
    ]);
  });

  it.each([
    ["none/state", "there is no folder", "none"],
    ["tree/init/state", "there is no folder", "init"],
    ["tree", "is there already", "tree"],
  ])("a state at %s is one line of error", async (place, message, name) => {
    const { cwd } = await init({ services });
    const ran = await promisify(execFile)(join(cwd, "tree/init"), [join(cwd, place)])
      .catch((error) => error);
    expect([ran.code, ran.stdout, ran.stderr.split("\n").length]).toEqual([2, "", 2]);
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).toContain(name);
  });

  it.each([
    ["app.service/tree", "a file is in the way"],
    ["app.service/more/tree", "is not a directory"],
    ["/proc/none/more/tree", "no such file or directory"],
    ["spec.json", "is there already"],
  ])("is not written to %s", async (place, message) => {
    const folder = await temporaryFolder();
    for (const name of ["app.service", "spec.json"]) await writeFile(join(folder, name), "");
    const spec = await checkSpec({ services }, "spec");
    await expect(writeInit(spec, resolve(folder, place), { folder })).rejects.toThrow(message);
  });

  it("tells of words that only a shell understands", async () => {
    const { status, stderr } = await init({
      services: { a: { execStart: "echo a 2>&1 | cat" } },
    });
    expect([status, stderr]).toEqual([
      0,
      expect.stringContaining("services.a.execStart: 2>&1 | is an argument here"),
    ]);
  });
});
