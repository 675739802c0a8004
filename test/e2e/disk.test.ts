/** Disks that are full, and outputs that take nothing: one clear line, and nothing half-written. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { attempt, type CommandResult, nixociCommand, run } from "./support/command.ts";
import { copyBetween, nixoci } from "./support/copying.ts";
import { inspectLayout, writeBulk } from "./support/layout.ts";
import { lacks, peers } from "./support/peers.ts";

const folder = join(peers.env["TMPDIR"]!, "disk");
const [small, large] = ["small", "large"].map((name) => `oci-dir:${join(folder, name)}:bulk`);

beforeAll(async () => {
  await mkdir(folder);
  await writeBulk(join(folder, "small"), 2, 10_000);
  await writeBulk(join(folder, "large"), 6, 1 << 20);
});

describe("a full disk", () => {
  const LIMITS = [
    { what: "blocks", option: "size=2m" },
    { what: "inodes", option: "nr_inodes=13" },
  ];

  test.skipIf(lacks("root")).for(LIMITS)(
    "out of $what, an oci-dir stays as it was",
    async (limit) => {
      await withSmallDisk(limit.option, async (disk) => {
        const layout = join(disk, "layout");
        const before = { reference: `oci-dir:${layout}:before`, options: {} };
        await copyBetween({ reference: small!, options: {} }, before);
        expectNoSpace(await nixoci(["copy", "--quiet", large!, `oci-dir:${layout}:after`]));
        const { tags, faults, strays } = await inspectLayout(layout);
        expect({ tags, faults, strays }).toEqual({ tags: ["before"], faults: [], strays: [] });
      });
    },
  );

  test.skipIf(lacks("root")).for(["oci-archive", "docker-archive"])(
    "gets no half of an %s",
    async (scheme) => {
      await withSmallDisk("size=2m", async (disk) => {
        const archive = `${scheme}:${join(disk, "archive.tar")}:localhost/image:tag`;
        expectNoSpace(await nixoci(["copy", "--quiet", large!, archive]));
        expect(await readdir(disk)).toEqual([]);
        // the small one fits
        expect(await nixoci(["copy", "--quiet", small!, archive])).toMatchObject({ status: 0 });
        expect(await readdir(disk)).toEqual(["archive.tar"]);
      });
    },
  );

  test.skipIf(lacks("root"))("gets no half of a job", async () => {
    await withSmallDisk("size=4k", async (disk) => {
      await writeFile(join(disk, "all"), "x");
      const channels = [{ name: "a", feed: { git: "g" } }];
      const all = { image: "registry:localhost/a", nixpkgs: "{commit}", spec: ["spec"], channels };
      const file = join(folder, "channels.json");
      await writeFile(file, JSON.stringify(all));
      const words = ["base", "init", "kubernetes", file, "--output", join(disk, "job.yml")];
      expectNoSpace(await nixoci(words));
      expect(await readdir(disk)).toEqual(["all"]);
    });
  });
});

describe("an output that takes nothing", () => {
  const TEXT = [["inspect", small!], ["digest", small!], ["--version"]];
  const ARCHIVES = [
    ["copy", "--quiet", large!, "docker-archive:-:localhost/image:tag"],
    ["copy", "--quiet", large!, "oci-archive:-"],
  ];

  test.for([...TEXT, ...ARCHIVES])("/dev/full fails nixoci %s", async (words) => {
    expectNoSpace(await inShell(words, ">/dev/full"));
  });

  test.for(TEXT)("a reader that went away silences nixoci %s", async (words) => {
    expect(await inShell(words, "| true")).toMatchObject({ status: 0, stderr: "" });
  });

  test.for(ARCHIVES)("a reader that went away fails nixoci %s %s %s", async (words) => {
    const { status, stderr } = await inShell(words, "| head --bytes=1000");
    expect(stderr).toMatch(/^nixoci: [^\n]*the reader went away[^\n]*\n$/);
    expect(status).toBe(1);
  });
});

test("a directory that cannot be written to is refused before anything is read", async () => {
  const words = ["copy", "--quiet", small!, "oci-dir:/proc/nowhere:tag"];
  const { status, stderr } = await nixoci(words);
  expect(stderr).toMatch(/^nixoci: [^\n]*\/proc\/nowhere[^\n]*\n$/);
  expect(status).toBe(1);
});

/** A file system of its own that is soon full. */
async function withSmallDisk(option: string, act: (disk: string) => Promise<void>): Promise<void> {
  const disk = join(folder, option);
  await mkdir(disk, { recursive: true });
  await run(["mount", "-t", "tmpfs", "-o", option, "tmpfs", disk]);
  try {
    await act(disk);
  } finally {
    await run(["umount", disk]);
  }
}

/** nixoci with its output led elsewhere; the status is its own. */
function inShell(words: readonly string[], redirection: string): Promise<CommandResult> {
  const command = nixociCommand(...words).map((word) => `'${word}'`).join(" ");
  const script = `${command} ${redirection} >/dev/null; exit \${PIPESTATUS[0]}`;
  const plain = `${command} ${redirection}`;
  return attempt(["bash", "-c", redirection.startsWith("|") ? script : plain], peers);
}

function expectNoSpace({ status, stderr }: CommandResult): void {
  expect(stderr).toMatch(/^nixoci: [^\n]*[Nn]o space left on device[^\n]*\n$/);
  expect(status).toBe(1);
}
