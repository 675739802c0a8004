/** The help, as people read it on a terminal of 80 columns. Other widths: help/layout.test.ts. */
import { execPath } from "node:process";
import { beforeAll, describe, expect, it } from "vitest";
import { flagsOf } from "../../src/cli/kit/command.ts";
import { type LoadedVerb, loadVerbs } from "../../src/cli/verbs.ts";
import { LAUNCHER, outcomes, RUN, spawned } from "./run.ts";

const verbs = await loadVerbs();
const seen = new Map<string, string>();

beforeAll(async () => {
  const all = await outcomes(verbs.map(({ name }) => [...name.split(" "), "--help"]));
  verbs.forEach(({ name }, i) => seen.set(name, all[i]!.stdout));
});

/** The words that the help must show whole. */
function wordsOf({ verb }: LoadedVerb): string[] {
  const flags = Object.values(flagsOf(verb)).filter(({ hidden }) => !hidden);
  const texts = [verb.summary, verb.description ?? "", ...flags.map(({ summary = "" }) => summary)];
  return texts.join(" ").split(/\s+/).filter((word) => word !== "");
}

describe("the help of a verb", () => {
  it.each(verbs.map((one) => [one.name, one] as const))("%s breaks no word", (name, one) => {
    const help = seen.get(name)!;
    const words = new Set(help.split(/\s+/));
    expect(wordsOf(one).filter((word) => !words.has(word))).toEqual([]);
    const lists = Object.values(flagsOf(one.verb)).flatMap((flag) =>
      flag.type === "option" && flag.helpValue === undefined ? flag.options ?? [] : []
    );
    const bare = new Set([...words].map((word) => word.replace(/[,>]+$/, "")));
    expect(lists.filter((word) => !bare.has(word))).toEqual([]);
    const beforeExamples = help.split("\nEXAMPLES\n")[0]!;
    expect(beforeExamples.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it.each(verbs.map(({ name }) => name))("%s aligns its flags", (name) => {
    for (const section of seen.get(name)!.split(/\n\n(?=[A-Z ]+\n)/)) {
      if (section.includes("\n\n")) continue; // paragraphs, not a table
      const flags = section.split("\n").slice(1).filter((line) =>
        /^ {2,6}(?:-\w, )?--[\w[]/.test(line)
      );
      expect(new Set(flags.map((line) => line.indexOf("--"))).size, section).toBeLessThanOrEqual(1);
    }
  });

  it("shows what a group does where none of its verbs is named", async () => {
    const [base, lock] = await outcomes([["base", "--help"], ["lock", "--help"]]);
    expect(base!.stdout).toContain(
      "USAGE\n  $ nixoci base [SPEC] DESTINATION\n  $ nixoci base COMMAND\n",
    );
    expect(lock!.stdout).toContain("USAGE\n  $ nixoci lock COMMAND\n");
  });

  it("is shown for the word help, too, wherever a verb could stand", async () => {
    const all = await outcomes([
      ["help", "lock", "add"],
      ["lock", "help", "add"],
      ["lock", "help"],
      ["base", "help"],
      ["-q", "help", "help"],
    ]);
    const usages = all.map(({ stdout }) => /^ {2}\$ (.*)$/m.exec(stdout)?.[1]);
    expect(usages).toEqual([
      "nixoci lock add NAME…",
      "nixoci lock add NAME…",
      "nixoci lock COMMAND",
      "nixoci base [SPEC] DESTINATION",
      "nixoci [COMMAND]",
    ]);
  });

  it("says what runs it", async () => {
    const [all] = await outcomes([["--help"]]);
    const { deno, node } = process.versions;
    expect(all!.stdout).toContain(deno === undefined ? ` node-v${node}\n` : ` deno-v${deno}\n`);
  });

  it("is the same from the bundle, which has it ready", async () => {
    const words = [...RUN, LAUNCHER, "lock", "add", "--help"];
    const { stdout } = await spawned(execPath, words, "", {
      env: { ...process.env, NO_COLOR: "1" },
    });
    expect(stdout).toBe(seen.get("lock add"));
  });

  it("is bold where it is told that colours can be seen", async () => {
    const env = { ...process.env, FORCE_COLOR: "1", NO_COLOR: undefined };
    const { stdout } = await spawned(execPath, [...RUN, LAUNCHER, "tags", "--help"], "", { env });
    expect(stdout).toContain("\u001b[1mUSAGE\u001b[22m");
  });

  it("shows in brackets what may be left out, and nothing else", () => {
    expect(seen.get("build")).toContain("$ nixoci build [SPEC] DESTINATION\n");
    expect(seen.get("build")).toMatch(/^ {2}DESTINATION {2}/m);
    expect(seen.get("lock add")).toContain("$ nixoci lock add NAME…\n");
    expect(seen.get("tags")).toContain("$ nixoci tags PLACE\n");
  });
});
