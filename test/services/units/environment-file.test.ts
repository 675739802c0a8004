/** Files of variables: systemd reads `/etc/os-release` by the same rules, and can be asked. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { VARIABLES } from "../../../src/services/init/scripts/variables.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { createRandom } from "../../support/random.ts";
import { askSystemd, lacksSystemd, unquoteLine } from "../../support/systemd.ts";
import { lacks } from "../../support/tools.ts";
import { readVariables } from "../../support/variables.ts";

it.each([
  ["A=1\nB = 2 \n", { A: "1", B: "2" }],
  ['A="x" # c', { A: "x# c" }],
  ["A=a\\b\\\\c", { A: "ab\\c" }],
  ["A='a\\b\nc'\"d\\e\\$\\\n\"", { A: "a\\b\ncd\\e$" }],
  ['A= it\'s "so"  \r\nB=', { A: 'it\'s "so"', B: "" }],
  ["# c \\\nA=1\n; d\nexport B=2\nnone\n1C=3", { A: "1" }],
  ["A=1\\\n2\nA=3 \\ \n", { A: "3  " }],
])("%s", (text, variables) => {
  expect(Object.fromEntries(readVariables(text))).toEqual(variables);
});

/** Names of os-release, and the specifiers that give their values. */
const NAMES = { ID: "%o", VERSION_ID: "%w", IMAGE_VERSION: "%A", BUILD_ID: "%B", IMAGE_ID: "%M" };
const PIECES = [..."ab \t'\"\\#;$`=\n\ré", "\\\n", "\\$", '\\"', " ", "x y", "\\\\"];

it.skipIf(lacks("sh", "env"))("the init reads random files in the same way", async () => {
  const folder = await temporaryFolder();
  const random = createRandom(7);
  const texts = Array.from({ length: 150 }, () => {
    const pieces = Array.from({ length: random(12) }, () => PIECES[random(PIECES.length)]);
    return `A=${pieces.join("")}\nB${["=", " = ", "='", '="x" y']![random(4)]}${pieces.join("")}`;
  });
  await writeFile(join(folder, "variables.sh"), VARIABLES);
  await Promise.all(texts.map((text, i) => writeFile(join(folder, `${i}`), text)));
  const script = '. "$0/variables.sh"; i=0; while [ -e "$0/$i" ]; do ' +
    '(read_variables "$0/$i"; env -0); printf "\\1"; i=$((i + 1)); done';
  const { stdout } = await promisify(execFile)("env", ["-i", "/bin/sh", "-c", script, folder]);
  const own = (text: string) => text.split("\0").filter((one) => /^[AB]=/.test(one)).sort();
  for (const [i, found] of stdout.split("\x01").slice(0, -1).entries()) {
    const stated = [...readVariables(texts[i]!)].filter(([name]) => /^[AB]$/.test(name));
    expect(own(found), JSON.stringify(texts[i]))
      .toEqual(stated.map(([name, value]) => `${name}=${value}`).sort());
  }
});

describe.skipIf(lacksSystemd())("systemd", () => {
  it("reads random files in the same way", async () => {
    const random = createRandom(5);
    const specifiers = Object.values(NAMES).map((one) => `${one}:`).join(" ");
    const unit = { "a.service": `[Service]\nExecStart=/bin/x ${specifiers}\n` };
    for (let i = 0; i < 6; i++) {
      const file = Object.keys(NAMES).map((name) => {
        const value = Array.from({ length: random(9) }, () => PIECES[random(PIECES.length)]);
        return `${name}=${value.join("")}\n`;
      }).join("");
      const dump = await askSystemd({ ...unit, osrelease: file });
      const [line] = dump.get("a.service")!.get("ExecStart")!;
      const values = unquoteLine(line!).slice(1).map((word) => word.slice(0, -1));
      const expected = readVariables(file, true);
      expect(values, JSON.stringify(file))
        .toEqual(Object.keys(NAMES).map((name) => expected.get(name) ?? ""));
    }
  });
});
