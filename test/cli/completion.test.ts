import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { formatBashScript } from "../../src/cli/completion/bash.ts";
import { formatFishScript } from "../../src/cli/completion/fish.ts";
import { listCommandWords } from "../../src/cli/completion/words.ts";
import { formatZshScript } from "../../src/cli/completion/zsh.ts";
import { temporaryFolder } from "../support/folder.ts";
import { lacks } from "../support/tools.ts";
import { outcomes } from "./run.ts";

const commands = await listCommandWords();

/** What bash would offer after these words, the last of which is being typed. One bash for all. */
function bashOffers(lines: readonly (readonly string[])[]): string[] {
  const tries = lines.map((words) => `offer ${words.map((word) => `'${word}'`).join(" ")}`);
  const script = `${formatBashScript(commands)}
compopt() { :; }
offer() {
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nixoci; echo "\${COMPREPLY[*]}"
}
${tries.join("\n")}`;
  return execFileSync("bash", ["-u", "-c", script], { encoding: "utf8" }).trimEnd().split("\n");
}

it.skipIf(lacks("bash"))("bash is offered verbs, flags, values, schemes and paths", () => {
  const cases: [string[], string][] = [
    [["nixoci", "co"], "completion copy"],
    [["nixoci", "help", "log"], "login logout"],
    [["nixoci", "help", "lock", "re"], "remove"],
    [["nixoci", "help", "lock", "--"], ""],
    [["nixoci", "help", "copy", ""], ""],
    [["nixoci", "help", "he"], ""],
    [["nixoci", "he"], "help"],
    [["nixoci", "copy", "--src-t"], "--src-tls-verify"],
    [["nixoci", "copy", "--format", ""], "oci docker"],
    [["nixoci", "copy", "--format", "=", "d"], "docker"],
    [["nixoci", "inspect", "docker"], "docker-archive:"],
    [["nixoci", "copy", "oci-dir:a", "oci-a"], "oci-archive:"],
    [["nixoci", "copy", "--authfile", "package.j"], "package.json"],
    [["nixoci", "copy", "oci-dir", ":", "package.j"], "package.json"],
    [["nixoci", "completion", ""], "bash zsh fish"],
    [["nixoci", "lo"], "lock login logout"],
    [["nixoci", "lock", "re"], "remove"],
    [["nixoci", "-q", "lock", "--he"], "--help"],
    [["nixoci", "lock", "add", "--pl"], "--platform"],
    [["nixoci", "lock", "fetch", "oci-d"], "oci-dir:"],
    [["nixoci", "lock", "import", "package.j"], "package.json"],
    [["nixoci", "base", ""], "build init pin update --help"],
    [["nixoci", "base", "up"], "update"],
    [["nixoci", "base", "package.j"], "package.json"],
    [["nixoci", "base", "spec.json", "oci-d"], "oci-dir:"],
    [["nixoci", "base", "--nix-u"], "--nix-user"],
    [["nixoci", "help", "base", "spec.j"], ""],
    [["nixoci", "base", "update", "--shard"], "--shard"],
    [["nixoci", "base", "update", "package.j"], "package.json"],
    [["nixoci", "base", "init", "git"], "github gitlab"],
    [["nixoci", "base", "init", "github", "package.j"], "package.json"],
    [["nixoci", "base", "pin", "--so"], "--source"],
    [["nixoci", "base", "build", "--nix-u"], "--nix-user"],
    [["nixoci", "base", "build", "spec.json", "oci-d"], "oci-dir:"],
    [["nixoci", "build", "package.j"], "package.json"],
    [["nixoci", "build", "spec.json", "oci-d"], "oci-dir:"],
    [["nixoci", "build", "--layer", "package.j"], "package.json"],
    [["nixoci", "ls", "--layer", "package.j"], ""],
    [["nixoci", "export", "--style", ""], "pax dockertools"],
    [["nixoci", "plan", "--style", ""], "dockertools nix2container"],
    [["nixoci", "layers", "package.j"], "package.json"],
    [["nixoci", "diff", "oci-dir:a", "oci-a"], "oci-archive:"],
    [["nixoci", "diff", "--ignore", "ti"], "time"],
    [["nixoci", "cache", ""], "clear"],
    [["nixoci", "ls", "-l", "oci-d"], "oci-dir:"],
  ];
  expect(bashOffers(cases.map(([words]) => words))).toEqual(cases.map(([, offer]) => offer));
});

it.each([["zsh", formatZshScript], ["fish", formatFishScript]])(
  "%s knows every verb and flag",
  (_, make) => {
    const script = make(commands);
    for (const { name, summary, flags } of commands) {
      for (const word of name.split(" ")) expect(script).toContain(word);
      expect(script).toContain(summary.split("'")[0]);
      for (const flag of flags) expect(script).toContain(flag.name.slice(2));
    }
  },
);

it.skipIf(lacks("fish"))("fish is offered what the usual verb of a group takes, too", async () => {
  const lines = ["base u", "base --nix-u", "base package.j", "base a.json oci-d", "base init git"];
  const script = `${formatFishScript(commands)}
for line in ${lines.map((line) => `'nixoci ${line}'`).join(" ")}
  string replace -r '\\t.*' '' -- (complete -C $line) | string join ' '
end`;
  const folder = await temporaryFolder();
  const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
  const file = join(folder, "offers.fish");
  await writeFile(file, script);
  const said = execFileSync("fish", ["--no-config", file], { encoding: "utf8", env });
  expect(said.trimEnd().split("\n")).toEqual([
    "update",
    "--nix-user",
    "package.json",
    "oci-dir:",
    "github gitlab",
  ]);
});

it.skipIf(lacks("zsh"))(
  "zsh reads its script, and the usual verb of a group is in it",
  async () => {
    const script = formatZshScript(commands);
    const file = join(await temporaryFolder(), "_nixoci");
    await writeFile(file, script);
    execFileSync("zsh", ["-f", "-n", file]);
    expect(script).toContain("if (( CURRENT == 2 )) && _describe command verbs; then return; fi");
  },
);

it("is a verb", async () => {
  const [outcome] = await outcomes([["completion", "bash"]]);
  expect(outcome).toEqual({ status: 0, stdout: formatBashScript(commands), stderr: "" });
});
