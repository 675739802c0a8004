/** `base init`: jobs run in a clone, and log in to one registry. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../support/folder.ts";
import { outcomes } from "../run.ts";

it("names the file from the top of the repository, and the registry of its channels", async () => {
  const folder = await temporaryFolder();
  const write = async (name: string, hosts: readonly string[], spec = "base.json") => {
    const channels = hosts.map((host) => ({
      name: host,
      feed: { git: "g" },
      image: `registry:${host}/me/{channel}`,
    }));
    await mkdir(dirname(join(folder, name)), { recursive: true });
    const whole = { nixpkgs: "{commit}", spec, channels };
    await writeFile(join(folder, name), JSON.stringify(whole));
  };
  await write("clone/ci/one.json", ["ghcr.io"]);
  await write("clone/two.json", ["ghcr.io", "quay.io"]);
  await write("other.json", ["quay.io"]);
  await write("clone/above.json", ["quay.io"], "../base.json");
  const [one, cron, other, two, named, above, written] = await outcomes(
    [
      ["github", join(folder, "clone/ci/one.json")],
      ["kubernetes", "../other.json"],
      ["gitlab", "../other.json"],
      ["github", "two.json"],
      ["github", "two.json", "--registry", "quay.io"],
      ["kubernetes", "above.json"],
      ["gitlab", "ci/one.json", "-o", "job.yml"],
    ].map((words) => ["base", "init", ...words]),
    { cwd: join(folder, "clone") },
  );
  expect(one!.stdout).toContain("nixoci base update --json ci/one.json > report.json\n");
  expect(cron!.stdout).toContain("/config/other.json]\n");
  expect([other, two].map((done) => [done!.status, done!.stdout])).toEqual([[2, ""], [2, ""]]);
  expect(other!.stderr).toContain("../other.json is not below this folder");
  expect(two!.stderr).toContain("The channels' images go to ghcr.io and quay.io");
  expect([above!.status, above!.stderr]).toEqual([
    2,
    expect.stringContaining("../base.json is not below the folder of above.json; "),
  ]);
  expect(cron!.stdout).toContain("--from-file=base.json=../base.json");
  const said = written!.stderr.trimEnd().split("\n");
  expect(said).toHaveLength(4);
  expect(said[0]).toContain('before its first run: fill in "image: FILL-IN" (--runner): ');
  expect(written!.stdout).toBe("job.yml\n");
  expect(named!.stdout).toContain("nixoci login quay.io ");
});
