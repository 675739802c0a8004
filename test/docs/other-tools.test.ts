/**
 * The tables of other tools' flags: all that the tools have, only flags that we have, and what nixoci
 * answers to each of theirs.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flagsOf } from "../../src/cli/kit/command.ts";
import { loadVerbs } from "../../src/cli/verbs.ts";
import { outcomes, spawned } from "../cli/run.ts";
import { lacks } from "../support/tools.ts";
import { ROOT } from "./support/public-functions.ts";

const page = await readFile(join(ROOT, "docs", "other-tools.md"), "utf8");
const sections = new Map(page.split(/^## /m).slice(1).map((text) => [text.split("\n")[0]!, text]));

/** The rows of a table: the other tool's flags, and what stands beside them. */
function listRows(section: string): [string[], string][] {
  const rows = sections.get(section)!.matchAll(/^\| (`-.*?) +\| (.*?) +\|$/gm);
  return [...rows].map((
    [, theirs, ours],
  ) => [[...theirs!.matchAll(/`(-[^`]*)`/g)].map(([, one]) => one!), ours!]);
}

/** The flags that a tool's help lists. */
async function listFlags(words: readonly string[]): Promise<string[]> {
  const { stdout, stderr } = await spawned(words[0]!, [...words.slice(1), "--help"]);
  return [...(stdout + stderr).matchAll(/^ +(?:(-\w), | {4})?(--[\w.-]*\w)/gm)].map(([, , flag]) =>
    flag!
  );
}

describe("the flags of other tools", () => {
  it.for(
    [
      ["skopeo copy", [["skopeo", "copy"], ["skopeo"]]],
      ["crane copy", [["crane", "copy"], ["crane", "pull"], ["crane", "push"]]],
      ["regctl image copy", [["regctl", "image", "copy"]]],
    ] as const,
  )("of %s are all there", async ([section, commands], { skip }) => {
    if (lacks(commands[0]![0]!)) skip(`needs ${commands[0]![0]}`);
    const told = listRows(section).flatMap(([flags]) => flags);
    const flags = (await Promise.all(commands.map(listFlags))).flat();
    expect(flags.length).toBeGreaterThan(8);
    expect([...new Set(flags)].filter((flag) => !told.includes(flag))).toEqual([]);
  });

  it("are taken, or answered with what stands beside them", async () => {
    const [{ verb }] = (await loadVerbs("copy")) as [Awaited<ReturnType<typeof loadVerbs>>[number]];
    const own = new Set(
      Object.entries(flagsOf(verb)).flatMap(([name, { char, aliases = [] }]) => [
        `--${name}`,
        `-${char}`,
        ...aliases.map((alias) => `--${alias}`),
      ]),
    );
    const foreign = [...sections.keys()].flatMap(listRows).flatMap(([flags, ours]) =>
      flags.filter((flag) => !own.has(flag) && !["-h", "--help"].includes(flag))
        .map((flag) => ({ flag, ours }))
    );
    expect(foreign.length).toBeGreaterThan(40);
    const answers = await outcomes(
      foreign.map(({ flag }) => ["copy", flag, "oci-dir:a", "oci-dir:b"]),
    );
    const wrong = foreign.flatMap(({ flag, ours }, i) => {
      const { status, stderr } = answers[i]!;
      const names = [...ours.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
      const isTold = names.length === 0 || names.some((name) => stderr.includes(name));
      const isHint = stderr.startsWith(`nixoci: Unknown flag ${flag}; `) &&
        !/; (see nixoci|did you mean) /.test(stderr);
      return status === 2 && isTold && isHint ? [] : [`${flag} (${ours}): ${stderr}`];
    });
    expect(wrong).toEqual([]);
  });

  it("with values of theirs are answered, too", async () => {
    const values = ["v2s1", "v2s2", "tarball", "legacy"];
    const answers = await outcomes(
      values.map((value) => ["copy", `--format=${value}`, "oci-dir:a", "oci-dir:b"]),
    );
    expect(answers.map(({ stderr }) => stderr.replace(/^.*; /, "").trim())).toEqual([
      "use --format docker",
      "use --format docker",
      "write the destination as docker-archive:PATH",
      "write the destination as docker-archive:PATH",
    ]);
  });

  it("have flags beside them that copy has", async () => {
    const [{ verb }] = (await loadVerbs("copy")) as [Awaited<ReturnType<typeof loadVerbs>>[number]];
    const own = new Set(Object.keys(flagsOf(verb)));
    for (const section of sections.keys()) {
      for (const [theirs, ours] of listRows(section)) {
        const named = ours.includes("nixoci verify")
          ? []
          : [...ours.matchAll(/`--([\w-]+)/g)].map(([, one]) => one!);
        const same = ours.startsWith("the same")
          ? theirs.filter((one) => one.startsWith("--")).map((one) => one.slice(2))
          : [];
        const missing = [...named, ...same].filter((name) => !own.has(name) && name !== "help");
        expect(missing, `${section}: ${theirs}`).toEqual([]);
      }
    }
  });
});
