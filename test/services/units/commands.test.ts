/** Command lines: the examples of systemd.service(5), and prefixes in any order. */
import { describe, expect, it } from "vitest";
import type { Command } from "../../../src/services/service.ts";
import { readCommands } from "../../../src/services/units/commands.ts";
import { splitVariable } from "../../../src/services/units/words.ts";
import { serviceFrom } from "../../support/units.ts";

/** The words that a command has at start, as the init makes them. */
function wordsOf({ words }: Command, variables: Readonly<Record<string, string>>): string[] {
  return words.flatMap((parts) => {
    const [first] = parts;
    if (first?.kind === "variable" && first.split) {
      return splitVariable(variables[first.name] ?? "");
    }
    return parts.map((part) => part.kind === "text" ? part.text : variables[part.name] ?? "").join(
      "",
    );
  });
}

function read(line: string): readonly Command[] {
  return readCommands(line, (text) => text).commands;
}

describe("the manual's examples", () => {
  it.each([
    [`Environment="ONE=one" 'TWO=two two'`, "echo $ONE $TWO ${TWO}", [
      "one",
      "two",
      "two",
      "two two",
    ]],
    [
      `Environment=ONE='one' "TWO='two two' too" THREE=`,
      "/bin/echo ${ONE} ${TWO} ${THREE}",
      ["one", "'two two' too", ""],
    ],
    [
      `Environment=ONE='one' "TWO='two two' too" THREE=`,
      "/bin/echo $ONE $TWO $THREE",
      ["one", "two two", "too"],
    ],
    ["", "sh -c 'dmesg | tac'", ["-c", "dmesg | tac"]],
    ["", "echo / >/dev/null & \\; \\\nls", ["/", ">/dev/null", "&", ";", "ls"]],
    ["", "/bin/echo $$A a$A ${A}$$ $A/b $$$$", ["$A", "a$A", "$", "$$"]],
  ])("%s %s", (environment, line, words) => {
    const service = serviceFrom(`ExecStart=\nExecStart=${line}\n${environment}\n`);
    expect(wordsOf(service.start[0]!, service.environment ?? {}).slice(1)).toEqual(words);
  });

  it("part commands by lone semicolons", () => {
    expect(read('echo one ; echo "two two"').map((one) => wordsOf(one, {})))
      .toEqual([["echo", "one"], ["echo", "two two"]]);
  });
});

describe("prefixes", () => {
  it.each<[string, Partial<Command>]>([
    ['-@"/bin/a b" argv0 x', { mayFail: true, argv0: "argv0" }],
    ['@-"/bin/a b" argv0 x', { mayFail: true, argv0: "argv0" }],
    ["+/bin/a x", { privileged: true }],
    ["!-/bin/a x", { privileged: true, mayFail: true }],
    ["!!/bin/a x", {}],
  ])("%s", (line, flags) => {
    const [{ words, ...others }] = read(line) as [Command];
    expect(others).toEqual(flags);
    expect(words.at(-1)).toEqual([{ kind: "text", text: "x" }]);
  });

  it("leave variables alone after a colon", () => {
    expect(read(":/bin/a $A ${B}")[0]?.words.slice(1)).toEqual([
      [{ kind: "text", text: "$A" }],
      [{ kind: "text", text: "${B}" }],
    ]);
  });

  it.each([
    ["@/bin/a", "after @ it has no name for the program", true],
    ["-", "it names no program", false],
    ["bin/a", "its program is neither an absolute path nor a name", true],
    ["/bin/", "its program is a folder", true],
    ["/bin/a 'x", "a quote has no partner", true],
    ["/bin/a \\xff", "its escapes make bytes that are not UTF-8", true],
  ])("refuse %s", (line, message, isFatal) => {
    expect(readCommands(line, (text) => text).failure).toEqual({ message, isFatal });
  });
});
