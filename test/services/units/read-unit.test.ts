/** Units as services, and the fate of each of their lines. */
import { describe, expect, it } from "vitest";
import { readUnit } from "../../../src/services/units/read-unit.ts";
import type { Service } from "../../../src/services/service.ts";
import { listUnitNotices } from "../../../src/services/units/notices.ts";
import { judge, noteOf, serviceFrom } from "../../support/units.ts";

const NGINX = `# Stop dance for nginx
[Unit]
Description=A high performance web server and a reverse proxy server
Documentation=man:nginx(8)
After=network.target nss-lookup.target

[Service]
Type=forking
PIDFile=/run/nginx.pid
ExecStartPre=/usr/sbin/nginx -t -q -g 'daemon on; master_process on;'
ExecStart=/usr/sbin/nginx -g 'daemon on; master_process on;'
ExecReload=/usr/sbin/nginx -g 'daemon on; master_process on;' -s reload
ExecStop=-/sbin/start-stop-daemon --quiet --stop --retry QUIT/5 --pidfile /run/nginx.pid
TimeoutStopSec=5
KillMode=mixed

[Install]
WantedBy=multi-user.target
`;

function textsOf(commands: Service["start"] | undefined): string[][] {
  return (commands ?? []).map(({ words }) =>
    words.map((parts) => parts.map((part) => part.kind === "text" ? part.text : "?").join(""))
  );
}

describe("a unit", () => {
  it("becomes a service", () => {
    const { service, report } = readUnit({
      name: "nginx.service",
      path: "/u/nginx.service",
      text: NGINX,
    });
    expect(report.problems).toEqual([]);
    expect(
      report.assignments.filter(({ fate }) => fate !== "kept").map((
        { line, name },
      ) => [line, name]),
    )
      .toEqual([[8, "Type"]]);
    expect(service).toMatchObject({
      name: "nginx",
      origin: "/u/nginx.service",
      type: "long-run",
      forks: true,
      readiness: { kind: "pid-file", path: "/run/nginx.pid", limit: 90_000 },
      after: [],
      killMode: "mixed",
      stopTimeout: 5000,
      restart: { kind: "no", burst: { starts: 5, within: 10_000 } },
    });
    expect(textsOf(service?.start)).toEqual([
      ["/usr/sbin/nginx", "-g", "daemon on; master_process on;"],
    ]);
    expect(service?.stop?.[0]?.mayFail).toBe(true);
  });

  it("has a fate for each assignment, once, and for nothing else", () => {
    const { report } = judge(
      "Foo=1\nPrivateTmp=yes\nPrivateTmp=no\nRestart=sometimes\nX-Mine=2\nstray\n",
    );
    expect(report.assignments.map(({ name, fate }) => [name, fate])).toEqual([
      ["ExecStart", "kept"],
      ["Foo", "not had"],
      ["PrivateTmp", "not had"],
      ["PrivateTmp", "kept"],
      ["Restart", "not had"],
      ["X-Mine", "kept"],
    ]);
    expect(report.strayLines).toEqual([{ path: "/u/a.service", line: 8 }]);
  });

  it("tells what it loses, without values", () => {
    const { report } = judge(
      "PrivateTmp=yes\nDynamicUser=yes\nEnvironment=SECRET\nstray\nNice=1\n",
    );
    expect(listUnitNotices(report)).toEqual([
      "/u/a.service:3: PrivateTmp= is not had: the container is the sandbox",
      "/u/a.service:4: DynamicUser= is changed: a user of the image, the same in each container",
      "/u/a.service:5: Environment= is not had: a word of it is not NAME=value",
      "/u/a.service:6: it is not an assignment",
    ]);
  });

  it("says which line replaces which", () => {
    const report = judge("User=a\nEnvironment=A=1\nUser=b\nEnvironment=\nUMask=9\n").report;
    expect(noteOf(report, 3)).toBe("line 5 replaces it");
    expect(noteOf(report, 4)).toBe("line 6 replaces it");
    expect(noteOf(report, 5)).toBeUndefined();
    expect(noteOf(report, 7)).toMatch(/not a mode/);
    expect(serviceFrom("User=a\nUser=b\nNice=x\n").user).toBe("b");
    expect(judge("User=a\nUser=no:t\n").report.problems[0]).toMatch(
      /:4: User=: it is not the name/,
    );
  });

  it("has one ExecStart, unless it is a oneshot", () => {
    const { report, service } = judge("ExecStart=/bin/b\n");
    expect(service).toBeUndefined();
    expect(report.problems).toEqual([
      "/u/a.service:3: a second ExecStart= (the first is /u/a.service:2) is only for Type=oneshot; " +
      "an empty ExecStart= takes the first one back",
    ]);
    expect(textsOf(serviceFrom("ExecStart=/bin/b\nType=oneshot\n").start)).toEqual([["/bin/true"], [
      "/bin/b",
    ]]);
    expect(serviceFrom("ExecStart=\nExecStart=/bin/b\n").start).toHaveLength(1);
  });

  it("is changed by its drop-ins", () => {
    const unit = { name: "a.service", path: "/u/a.service", text: "[Service]\nExecStart=/bin/a\n" };
    const dropIn = (text: string) =>
      readUnit({ ...unit, dropIns: [{ path: "/u/a.service.d/x.conf", text }] });
    expect(textsOf(dropIn("[Service]\nExecStart=\nExecStart=/bin/b").service?.start)).toEqual([[
      "/bin/b",
    ]]);
    const { problems } = dropIn("[Service]\nExecStart=/bin/b").report;
    expect(problems[0]).toContain("/u/a.service.d/x.conf:2");
    expect(dropIn("[Service]\nExecStart=").report.problems).toEqual([
      "it has no ExecStart= that can be used",
    ]);
  });

  it.each([
    ["a.timer", "[Timer]\nOnCalendar=daily\n", /^timers do not work/],
    ["a.socket", "[Socket]\nListenStream=1\n", /^sockets do not start/],
    ["a@.service", "[Service]\nExecStart=/bin/a %i\n", /^it is a template/],
    ["a.service", "[Service]\nRestart=no\n", /no ExecStart=/],
    [
      "a.service",
      "[Service]\nType=oneshot\nExecStart=/a\nRestart=always\n",
      /not for Type=oneshot/,
    ],
  ])("%s is not a service where it cannot be", (name, text, problem) => {
    const { service, report } = readUnit({ name, path: `/u/${name}`, text });
    expect(service).toBeUndefined();
    expect(report.problems[0]).toMatch(problem);
  });

  it("is refused where its sections are broken", () => {
    expect(() => judge("[Sect\n")).toThrow(
      "/u/a.service:3: the section's name has no ] at its end",
    );
    expect(() => readUnit({ name: "a", path: "a", text: "" })).toThrow(/"a" is not the name/);
  });
});

describe("other names", () => {
  it.each<[string, string, string | undefined, readonly string[] | undefined]>([
    ["b.service c.service", "kept", undefined, ["b", "c"]],
    ["b.service b.socket", "changed", "b.socket is not a name of a service", ["b"]],
    ["b.socket", "not had", "b.socket is not a name of a service", []],
    ["b@.service", "not had", "b@.service is not a name of a service", []],
    ["b", "not had", '"b" is not a unit\'s name', []],
  ])("Alias=%s is %s", (value, fate, note, aliases) => {
    const { service, report } = judge(`[Install]\nAlias=${value}\n`);
    const { fate: is, note: says } = report.assignments.at(-1)!;
    expect([is, says, service?.aliases]).toEqual([fate, note, aliases]);
  });
});

describe("types", () => {
  it.each<[string, string, Partial<Service>]>([
    ["simple", "", { type: "long-run", startTimeout: 90_000 }],
    ["oneshot", "", { type: "oneshot-pre" }],
    ["notify", "", { readiness: { kind: "notify", from: "main", limit: 90_000 } }],
    ["notify", "NotifyAccess=all\nTimeoutStartSec=infinity", {
      readiness: { kind: "notify", from: "all" },
    }],
    ["forking", "PIDFile=a.pid\nTimeoutSec=1min 2s", {
      readiness: { kind: "pid-file", path: "/run/a.pid", limit: 62_000 },
      stopTimeout: 62_000,
    }],
  ])("%s %s", (type, more, expected) => {
    expect(serviceFrom(`Type=${type}\n${more}\n`)).toMatchObject(expected);
  });

  it("gives PermissionsStartOnly to all commands but the start", () => {
    const { start, before } = serviceFrom("ExecStartPre=/bin/a\nPermissionsStartOnly=yes\n");
    expect([start[0]?.privileged, before?.[0]?.privileged]).toEqual([undefined, true]);
  });
});
