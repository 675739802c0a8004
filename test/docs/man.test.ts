/** The manual pages: one a verb, all of its flags in it, and nothing that their readers warn of. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createManPages } from "../../tools/man.ts";
import { VERBS } from "../../src/cli/verbs.ts";
import { PACKAGE, spawned } from "../cli/run.ts";
import { temporaryFolder } from "../support/folder.ts";
import { lacks } from "../support/tools.ts";

const pages = await createManPages(PACKAGE.version);

async function writePages(): Promise<string[]> {
  const folder = await temporaryFolder();
  const files = [...pages.keys()].map((name) => join(folder, name));
  await Promise.all([...pages.values()].map((page, i) => writeFile(files[i]!, page)));
  return files;
}

describe("the manual pages", () => {
  it("are of the command line, and of each verb", () => {
    const names = Object.keys(VERBS).map((verb) => `nixoci-${verb}.1`);
    expect([...pages.keys()].sort()).toEqual(["nixoci.1", ...names].sort());
    for (const name of names) {
      expect(pages.get("nixoci.1")).toContain(name.slice(0, -2).replaceAll("-", "\\-"));
    }
  });

  it("have names, a synopsis, flags and examples", () => {
    const page = pages.get("nixoci-copy.1")!;
    for (const section of ["NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "SEE ALSO"]) {
      expect(page.match(new RegExp(`^\\.SH ${section}$`, "gm"))).toHaveLength(1);
    }
    expect(page).toContain("nixoci\\-copy \\- copy an image from one place to another\n");
    expect(page).toContain("\\fB\\-a\\fR, \\fB\\-\\-all\\fR\n");
    for (const page of pages.values()) expect(page).not.toMatch(/`|\]\(|[^\x20-\x7e\n]/);
  });

  it.skipIf(lacks("mandoc"))(
    "are what mandoc has nothing against, but that they have no date",
    async () => {
      const { stdout } = await spawned("mandoc", [
        "-T",
        "lint",
        "-W",
        "warning",
        ...await writePages(),
      ]);
      expect(stdout.split("\n").filter((line) => !/: missing date, |^$/.test(line))).toEqual([]);
    },
  );

  it.skipIf(lacks("groff"))("are what groff has nothing against", async () => {
    const words = ["-z", "-ww", "-man", "-Tutf8", ...await writePages()];
    expect(await spawned("groff", words)).toMatchObject({ status: 0, stderr: "" });
  });
});
