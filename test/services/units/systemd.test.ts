/** Units as systemd itself reads them: what it dumps is what our reader finds. */
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Service, WordPart } from "../../../src/services/service.ts";
import { readWordParts } from "../../../src/services/units/commands.ts";
import { createDiskTree } from "../../../src/services/units/disk-tree.ts";
import { findUnit } from "../../../src/services/units/find-unit.ts";
import { readUnit } from "../../../src/services/units/read-unit.ts";
import type { UnitTree } from "../../../src/services/units/unit-tree.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { findDirective } from "../../../src/services/units/directives/table.ts";
import { readTime } from "../../../src/services/units/values.ts";
import { askSystemd, lacksSystemd, listDirectives, unquoteLine } from "../../support/systemd.ts";
import { createRandom } from "../../support/random.ts";

const PIECES = [
  ..."ab;$-@ \t'\"",
  ...[" ", " ", "\\", "\\;", " ; ", " \\; ", "$A", " $A ", "${B}", "$$", "%n", "%p", "%%", "%i"],
  ...[
    "\\x41",
    "\\101",
    "\\u00e9",
    "\\U0001f600",
    "é",
    "\\s",
    "\\q",
    "\\\\",
    '\\"',
    "''",
    '""',
    "\\\n",
    "x y",
  ],
];

/** Random lines, each with a number by which its result is found again. */
function makeLines(count: number, make: (i: number, noise: string) => string): string[] {
  const random = createRandom(13);
  return Array.from({ length: count }, (_, i) => {
    const noise = Array.from({ length: random(12) }, () => PIECES[random(PIECES.length)]).join("");
    return make(i, noise);
  });
}

function partsOf(argv: readonly string[]): (readonly WordPart[])[] {
  return argv.flatMap((word) => {
    const parts = readWordParts(word);
    return parts === undefined ? [] : [parts];
  });
}

/** The commands by their program, as our reader has them. */
function commandsOf(service: Service): Map<string, unknown> {
  return new Map(service.start.map(({ words: [program, ...words] }) => {
    const [first] = program!;
    return [first?.kind === "text" ? first.text : "", words];
  }));
}

/** Puts files into the folder /u of a tree. */
async function createCopy(files: Readonly<Record<string, string>>): Promise<UnitTree> {
  const root = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, "u", name)), { recursive: true });
    await writeFile(join(root, "u", name), text);
  }
  return createDiskTree(root);
}

/** Lines that are tried together; the last value that systemd takes counts. */
const SETTINGS: readonly (readonly string[])[] = [
  ["Restart=always", "RestartSec=1min 20s", "KillSignal=RTMIN+3", "UMask=027", "Nice=5"],
  ["Restart=on-abnormal", "RestartSec=1h30", "KillSignal=15", "UMask=7777", "Nice=+7"],
  ["RestartSec=1.5min", "RestartSec=x", "KillSignal=SIGUSR1", "KillSignal=usr1", "UMask=8"],
  ["RestartSec=+5", "RestartSec=", "KillSignal=40", "KillSignal=65", "Nice=3", "Nice="],
  ["Restart=on-failure", "Restart=", "Restart=sometimes", "KillMode=mixed", "KillMode=x"],
  ["KillMode=process", "KillMode=", "RestartSec=2y 3 months 1w", "LimitNOFILE=5:6"],
  ["LimitNOFILE=1K", "LimitFSIZE=1K:1.5M", "LimitCPU=1500ms", "LimitRTTIME=5s", "LimitNICE=+5"],
  ["LimitNICE=7", "LimitFSIZE=infinity", "LimitCPU=1min:2min", "LimitRTTIME=7", "LimitSTACK=1 M"],
  ["LimitFSIZE=:5", "LimitFSIZE=5:", "LimitSTACK=6:5", "LimitCORE=0", "LimitCORE="],
  ["RuntimeDirectory=a b/c", "RuntimeDirectory=/abs ../x ok a//b/./c", "RuntimeDirectoryMode=0750"],
  ["RuntimeDirectory=a", "RuntimeDirectory=", "RuntimeDirectoryMode=9", "RuntimeDirectoryMode="],
  ["RemainAfterExit=On", "RemainAfterExit=", "Type=notify", "Type=", "Type=none"],
  ["Type=oneshot", "RemainAfterExit=yes", "RemainAfterExit=off", "RestartSec=250ms"],
  ["RestartSec=infinity", "RestartSec=5 m", "RestartSec=2d3h4m5s6ms", "RestartSec=1 M"],
];

function unitOf(lines: readonly string[]): string {
  return `[Service]\nExecStart=/bin/a\n${lines.join("\n")}\n`;
}

const NAMES = ["nofile", "fsize", "cpu", "rttime", "nice", "stack", "core"];

/** What a service has of {@link SETTINGS}, without what the machine gives to all. */
function describeService(
  { type, restart, stopSignal, umask, nice, limits, folders, remains, killMode, readiness }:
    Service,
) {
  return {
    type: readiness?.kind ?? type,
    restart: restart?.kind,
    delay: restart?.delay ?? 100,
    signal: stopSignal ?? "SIGTERM",
    umask: umask ?? 0o22,
    nice: nice ?? 0,
    kill: killMode ?? "group",
    remains: remains ?? false,
    limits: Object.entries(limits ?? {}).map(([name, { soft, hard }]) => `${name} ${soft} ${hard}`)
      .sort(),
    folders: folders?.map(({ path, mode }) => `${path} ${mode.toString(8)}`) ?? [],
  };
}

const KILL = { "control-group": "group", process: "main", mixed: "mixed", none: "none" };

/** @param standing the limits that all units have there, because the test has them. */
function describeDump(
  fields: ReadonlyMap<string, readonly string[]>,
  standing: readonly string[],
): unknown {
  const get = (name: string) => fields.get(name)?.[0] ?? "";
  const type = { oneshot: "oneshot-pre", notify: "notify" }[get("Type")] ?? "long-run";
  const mode = parseInt(get("RuntimeDirectoryMode"), 8).toString(8);
  return {
    type,
    restart: get("Restart"),
    delay: get("RestartSec") === "infinity" ? Infinity : readTime(get("RestartSec")),
    signal: get("KillSignal"),
    umask: parseInt(get("UMask"), 8),
    nice: Number(get("Nice")),
    kill: KILL[get("KillMode") as keyof typeof KILL],
    remains: get("RemainAfterExit") === "yes",
    limits: limitsOf(fields).filter((line) => !standing.includes(line)),
    folders: fields.get("RuntimeDirectory")?.map((path) => `/run/${path} ${mode}`) ?? [],
  };
}

function limitsOf(fields: ReadonlyMap<string, readonly string[]>): string[] {
  return NAMES.flatMap((name) => {
    const [hard, soft] = ["", "Soft"].map((end) => fields.get(`Limit${name.toUpperCase()}${end}`));
    return hard === undefined
      ? []
      : `${name} ${soft} ${hard}`.replaceAll(`${2n ** 64n - 1n}`, "infinity");
  }).sort();
}

/** Real units: of this machine, and those of Debian's packages where they are unpacked. */
function listRealUnits(): [count: number, folder: string, names: readonly string[]][] {
  const debian = process.env["NIXOCI_UNITS"];
  const places = ["/usr/lib/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/user"];
  if (debian) places.push(join(debian, "root/usr/lib/systemd/system"));
  const folders = new Set(places.filter(existsSync).map((place) => realpathSync(place)));
  return [...folders].map((folder) => {
    const names = readdirSync(folder)
      .filter((name) => name.endsWith(".service") && lstatSync(join(folder, name)).isFile());
    return [names.length, folder, names];
  });
}

/** Counts the lines with a name before an equals sign, after joining. */
function countAssignments(text: string): number {
  const plain = text.split("\n").filter((line) => !/^\s*[#;]/.test(line)).join("\n");
  return plain.replace(/\\\n/g, " ").split("\n").filter((line) => /^\s*[^[\s=][^=]*=/.test(line))
    .length;
}

describe.skipIf(lacksSystemd())("systemd", () => {
  it("takes random command lines apart in the same way", async () => {
    const lines = makeLines(600, (i, noise) => `ExecStart=-/bin/${i} ${noise}`);
    const textOf = (lines: readonly string[]) =>
      `[Service]\nType=oneshot\n${lines.join("\n")}\n[Install]\n`;
    // One that makes the whole unit fail would hide all others.
    const fatal = lines.filter((line) => {
      const unit = { name: "a-b.service", path: "a-b.service", text: textOf([line]) };
      return readUnit(unit).report.problems.some((problem) => problem.includes("ExecStart=:"));
    });
    expect(fatal.length).toBeLessThan(60);
    const text = textOf(lines.filter((line) => !fatal.includes(line)));
    const dump = (await askSystemd({ "a-b.service": text })).get("a-b.service")!;
    const expected = new Map(dump.get("ExecStart")!.map((line) => {
      const [program, ...words] = unquoteLine(line);
      return [program!, partsOf(words)];
    }));
    expect(expected.size).toBeGreaterThan(200);
    const { service } = readUnit({ name: "a-b.service", path: "a-b.service", text });
    expect(commandsOf(service!)).toEqual(expected);
  });

  it("takes random assignments of variables apart in the same way", async () => {
    const lines = makeLines(600, (i, noise) => `Environment=A${i}=${noise}`);
    const text = `[Service]\nExecStart=/bin/a\n${lines.join("\n")}\n[Install]\n`;
    const dump = (await askSystemd({ "a.service": text })).get("a.service")!;
    const expected = Object.fromEntries(dump.get("Environment")!.map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }));
    expect(Object.keys(expected).length).toBeGreaterThan(200);
    const { service } = readUnit({ name: "a.service", path: "a.service", text });
    expect(service!.environment).toEqual(expected);
  });

  it("finds the same drop-ins, in the same order", async () => {
    const names = [
      "a-b@x.service",
      "a-b@.service",
      "a-.service",
      "a-@x.service",
      "a-@.service",
      "service",
    ];
    const files = Object.fromEntries(
      names.flatMap((name, i) =>
        [`${9 - i}.conf`, "same.conf"].map((
          file,
        ) => [`${name}.d/${file}`, `[Service]\nEnvironment=A=${i}\n`])
      ),
    );
    const text = "[Service]\nExecStart=/bin/a\n";
    const all = {
      ...files,
      "a-b@.service": text,
      "other.service": "[Unit]\nWants=a-b@x.service\n" + text,
    };
    const dump = (await askSystemd(all)).get("a-b@x.service")!;
    const [fragment] = dump.get("Fragment Path")!;
    expect(fragment).toMatch(/a-b@\.service$/);
    const folder = fragment!.slice(0, -"/a-b@.service".length);
    expect(dump.get("DropIn Path")!.map((path) => path.slice(folder.length + 1))).toEqual([
      ...[5, 4, 3, 2, 1, 0].map((i) => `${names[i]}.d/${9 - i}.conf`),
      `${names[0]}.d/same.conf`,
    ]);
    const unit = await findUnit("a-b@x.service", await createCopy(all), ["/u"]);
    expect(unit.dropIns!.map(({ path }) => path.slice("/u/".length)))
      .toEqual(dump.get("DropIn Path")!.map((path) => path.slice(folder.length + 1)));
  });

  it("has no directive of services that is not in the table", async () => {
    const all = (await listDirectives()).filter((name) => /^(Unit|Service|Install)\./.test(name));
    expect(all.length).toBeGreaterThan(300);
    const known = (name: string) => findDirective(...name.split(".") as [string, string]);
    expect(all.filter((name) => known(name) === undefined)).toEqual([]);
  });

  it("takes the same values, and ignores the same", async () => {
    const units = Object.fromEntries(SETTINGS.map((lines, i) => [`s${i}.service`, unitOf(lines)]));
    const dump = await askSystemd({ ...units, "bare.service": unitOf([]) });
    const standing = limitsOf(dump.get("bare.service")!);
    for (const [i, lines] of SETTINGS.entries()) {
      const fields = dump.get(`s${i}.service`)!;
      const text = units[`s${i}.service`]!;
      const { service } = readUnit({ name: `s${i}.service`, path: "s", text });
      expect(describeService(service!), lines.join("\n")).toEqual(describeDump(fields, standing));
    }
  });
});

it.each(listRealUnits())("%i units in %s: each assignment has one fate", (_, folder, names) => {
  for (const name of names) {
    const path = join(folder, name);
    const text = readFileSync(path, "utf8");
    const { report, service } = readUnit({ name: name.replace("@.", "@x."), path, text });
    expect(report.assignments, path).toHaveLength(countAssignments(text));
    const unexplained = report.assignments.filter(({ fate, note }) => fate !== "kept" && !note);
    expect(unexplained, path).toEqual([]);
    expect(service !== undefined || report.problems.length > 0, path).toBe(true);
  }
});
