/** Services that cannot run in their image are refused before it is made, with the SPEC's path. */
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { useResources } from "../../../src/base/dispose.ts";
import { build } from "../../../src/compose/build.ts";
import { checkSpec } from "../../../src/compose/spec/read.ts";
import type { Spec } from "../../../src/compose/spec/spec.ts";
import { POSIX_PROGRAMS, S6_PROGRAMS } from "../../../src/services/init/tools.ts";
import { temporaryFolder } from "../../support/folder.ts";

const PROGRAMS = ["bin/sh", ...[...S6_PROGRAMS, ...POSIX_PROGRAMS].map((name) => `bin/${name}`)];

/** Builds an image of a small root, and returns its notices. */
async function built(spec: Spec, programs: readonly string[] = PROGRAMS): Promise<string[]> {
  const folder = await temporaryFolder();
  const put = async (path: string, text: string, mode = 0o644) => {
    const place = join(folder, "root", path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, text);
    await chmod(place, mode);
  };
  for (const path of programs) await put(path, "\x7fELF", 0o755);
  await put("opt/app", "\x7fELF");
  await put("opt/reader", "\x7fELF");
  await put("opt/script", "#!/opt/reader\n", 0o755);
  await put("opt/by-name", "#!/usr/bin/env reader\n", 0o755);
  await put("usr/bin/env", "\x7fELF", 0o755);
  await put("srv/app/data", "");
  await put("etc/passwd", "root:x:0:0::/root:/bin/sh\nbob:x:7:7::/home/bob:/bin/sh\n");
  await put("etc/group", "root:x:0:\nbob:x:7:\n");
  await symlink("/srv/app", join(folder, "root/link"));
  const notices: string[] = [];
  const whole = await checkSpec(
    { name: "app", copyToRoot: "root", copiesInStore: false, ...spec },
    "spec",
  );
  await useResources(async (hold) => {
    hold(await build(whole, { folder, onNotice: ({ message }) => notices.push(message) }));
  });
  return notices;
}

const service = (fields: object) => ({ services: { a: { execStart: "/bin/cat", ...fields } } });
const unit = (line: string) => ({
  units: [{ name: "u.service", text: `[Service]\nExecStart=/bin/cat\n${line}\n` }],
});

it.each<[Spec, string]>([
  [service({ execStart: "/opt/app" }), "services.a.execStart: /opt/app is not executable"],
  [service({ execStart: "/opt" }), "services.a.execStart: /opt is a folder, not a program"],
  [
    service({ execStart: "/opt/none" }),
    'services.a.execStart: the image has no program "/opt/none"',
  ],
  [
    { ...service({ execStart: "app" }), config: { Env: ["PATH=/bin:/opt"] } },
    "services.a.execStart: /opt/app is not executable",
  ],
  [
    service({ execStart: "/opt/script" }),
    "services.a.execStart: /opt/script is read by /opt/reader, and /opt/reader is not executable",
  ],
  [
    service({ execStart: "/opt/by-name", environment: { PATH: "/bin:/opt" } }),
    "/opt/by-name is read by reader, and /opt/reader is not executable",
  ],
  [
    service({ workingDirectory: "/srv/none" }),
    "services.a.workingDirectory: the image has no folder /srv/none",
  ],
  [
    service({ workingDirectory: "/link/data/" }),
    "services.a.workingDirectory: /link/data is not a folder",
  ],
  [unit("WorkingDirectory=/srv/none"), "u.service.workingDirectory: the image has no folder"],
  [
    unit("User=bob\nWorkingDirectory=~"),
    "u.service.workingDirectory: the image has no folder /home/bob",
  ],
  [
    {
      units: ["a", "b"].map((word) => ({
        name: "u.service",
        text: `[Service]\nExecStart=/bin/cat ${word}\n`,
      })),
    },
    "There are two services u: units[0] (u.service) and units[1] (u.service)",
  ],
])("refuses %j", async (spec, message) => {
  await expect(built(spec)).rejects.toThrow(message);
});

it("says what is wrong with services before it says that s6 is missing", async () => {
  const programs = PROGRAMS.filter((path) => !path.includes("s6-"));
  await expect(built(service({ execStart: "/opt/none" }), programs)).rejects.toThrow("/opt/none");
  await expect(built(service({ after: "b" }), programs)).rejects.toThrow("there is no service b");
  await expect(built(service({}), programs)).rejects.toThrow("init: the image has no s6-svscan");
});

it.each<Spec>([
  service({ workingDirectory: "/srv/app" }),
  service({ workingDirectory: "/link/../srv/app" }),
  service({ workingDirectory: "/tmp/any" }),
  service({ workingDirectory: "/var/lib/app", stateDirectory: "app/data" }),
  { ...service({ workingDirectory: "/data/in" }), config: { Volumes: { "/data": {} } } },
  { ...service({ workingDirectory: "/app" }), config: { WorkingDir: "/app" } },
  {
    ...service({ workingDirectory: "/home/al" }),
    users: { al: { isNormalUser: true } },
  },
  unit("WorkingDirectory=-/srv/none"),
  unit("WorkingDirectory=/var/lib/u\nStateDirectory=u"),
])("takes a working directory that is there, or will be: %j", async (spec) => {
  await expect(built(spec)).resolves.toBeTruthy();
});

it.each<[Spec, readonly string[]]>([
  [service({ stopTimeout: 7 }), []],
  [service({ stopTimeout: 30 }), [
    "services.a: its time to stop, 30000 ms, is cut to 7000 ms, for services have 7000 ms of the 8000 ms",
  ]],
  [{ ...service({ stopTimeout: 30 }), init: { stopTimeout: 31 } }, []],
  [unit("TimeoutStopSec=7"), []],
  [unit("TimeoutStopSec=8"), [
    "u.service:3: TimeoutStopSec is changed: seven seconds, unless init.stopTimeout gives more",
    "u.service: its time to stop, 8000 ms, is cut to 7000 ms",
  ]],
  [{ ...unit("TimeoutStopSec=infinity"), init: { stopTimeout: 61 } }, [
    "u.service:3: TimeoutStopSec is changed",
    "u.service: its time to stop, no limit, is cut to 60000 ms",
  ]],
])("tells the time that services have to stop, as it is: %j", async (spec, expected) => {
  const said = (await built(spec)).filter((one) => !one.startsWith("its "));
  expect(said).toEqual(expected.map((one) => expect.stringContaining(one)));
});

it("tells of an alias that is another service's name", async () => {
  const of = (name: string, alias: string) => ({
    name,
    text: `[Service]\nExecStart=/bin/cat\n[Install]\nAlias=${alias}\n`,
  });
  const units = [of("a.service", "b.service c.service"), of("b.service", "c.service a.service")];
  expect((await built({ units })).filter((one) => one.includes("alias"))).toEqual([
    "a.service: its alias b is not had: b.service has that name",
    "b.service: its alias c is not had: a.service has that name",
    "b.service: its alias a is not had: a.service has that name",
  ]);
});
