/** Derivations of all kinds, as an expression that Nix evaluates. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Random, random as createRandom } from "../../tar/support/random.ts";

/** Characters that some notation has to escape, and characters of several bytes. */
const CHARACTERS = [..."abcZ09 _-+.'\"\\$*/%&<>{}()[]=,;:#~\n\r\t\x01\x7fäß€\u2028\u{1f600}\ue000"];

const OUTPUTS = ["out", "dev", "bin", "lib", "man", "doc"];

/** Writes a list of this many derivations; some need those before them. */
export async function writeDerivations(
  folder: string,
  count: number,
  seed: number,
): Promise<string> {
  const random = createRandom(seed);
  await writeFile(join(folder, "bytes"), Buffer.from("a\xff\xfe\x80z", "latin1"));
  await writeFile(join(folder, "source"), "a source\n");
  // Whatever needs an output without a path has none itself: those that have none come late.
  const all = Array.from({ length: count }, (_, i) => derivationOf(i, random, i > count * 0.8));
  const file = join(folder, "derivations.nix");
  const bindings = all.map((text, i) => `d${i} = derivation ${text};`).join("\n");
  const names = all.map((_, i) => `d${i}`).join(" ");
  await writeFile(file, `let\n${bindings}\nin [ ${names} ]\n`);
  return file;
}

function derivationOf(i: number, random: Random, mayFloat: boolean): string {
  const isStructured = random.chance(1 / 4);
  const outputs = outputsOf(random);
  const fields = [
    `name = "${random.pick(["x", "gtk+", "a.b_c?d=e", "hello-2.12"])}-${i}";`,
    `system = "${random.pick(["x86_64-linux", "aarch64-linux", "builtin"])}";`,
    `builder = ${quote(random.pick(["/bin/sh", "builtin:fetchurl", "/bin/ba sh"]))};`,
    `args = [ ${listOf(random, () => textOf(random)).join(" ")} ];`,
    ...listOf(
      random,
      (n) =>
        `${quote(`v${n} ${random.pick(["", "-", "é", '"', "."])}`)} = ${
          isStructured ? valueOf(random, 0) : textOf(random)
        };`,
    ),
    ...(isStructured ? ["__structuredAttrs = true;"] : [`passAsFile = [ "v0 " "none" ];`]),
    ...(random.chance(1 / 3) ? ["source = ./source;"] : []),
    ...(random.chance(1 / 8) ? [`placed = placeholder "${outputs[0]}";`] : []),
    ...(random.chance(1 / 8) && !isStructured ? ["bytes = builtins.readFile ./bytes;"] : []),
    ...inputsOf(i, random),
    ...kindOf(random, outputs, mayFloat),
  ];
  return `{ ${fields.join(" ")} }`;
}

function outputsOf(random: Random): string[] {
  const first = random.below(OUTPUTS.length);
  return [...OUTPUTS.slice(first), ...OUTPUTS.slice(0, first)].slice(0, 1 + random.below(3));
}

function inputsOf(i: number, random: Random): string[] {
  if (i === 0) return [];
  return listOf(random, (n) => {
    const input = `d${random.below(i)}`;
    return `i${n} = ${random.chance(1 / 3) ? `"\${${input}.outPath}/bin"` : input};`;
  });
}

const DIGEST = "1".repeat(64);

/** Input-addressed with the outputs, mostly; or of another kind, of one output. */
function kindOf(random: Random, outputs: readonly string[], mayFloat: boolean): string[] {
  const mode = random.pick(["flat", "recursive"]);
  switch (random.below(mayFloat ? 12 : 10)) {
    case 0:
      return [`outputHashMode = "${mode}"; outputHashAlgo = "sha256"; outputHash = "${DIGEST}";`];
    case 1:
      return [
        `outputHashMode = "${mode}"; outputHashAlgo = "sha1";`,
        `outputHash = "${DIGEST.slice(24)}";`,
      ];
    case 10:
      return [`__contentAddressed = true; outputHashMode = "${mode}"; outputHashAlgo = "sha256";`];
    case 11:
      return ['__impure = true; outputHashMode = "recursive"; outputHashAlgo = "sha256";'];
    default:
      return [`outputs = [ ${outputs.map(quote).join(" ")} ];`];
  }
}

function valueOf(random: Random, depth: number): string {
  switch (random.below(depth > 2 ? 6 : 8)) {
    case 0:
      return random.pick(["true", "false", "null"]);
    case 1:
      return random.pick([
        "0",
        "7",
        "3000000000",
        "9007199254740993",
        "9223372036854775807",
        "(0 - 5)",
      ]);
    case 2:
      return random.pick(["1.5", "0.1", "1.0e10", "1.0e-7", "3.0", "16777217.0"]);
    case 6:
      return `[ ${listOf(random, () => valueOf(random, depth + 1)).join(" ")} ]`;
    case 7:
      return `{ ${
        listOf(random, (n) => `${quote(`k${n}é`)} = ${valueOf(random, depth + 1)};`).join(" ")
      } }`;
    default:
      return textOf(random);
  }
}

function textOf(random: Random): string {
  return quote(listOf(random, () => random.pick(CHARACTERS), 40).join(""));
}

function listOf(random: Random, make: (n: number) => string, most = 4): string[] {
  return Array.from({ length: random.below(most + 1) }, (_, n) => make(n));
}

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Writes a text as Nix's language has it. */
export function quote(text: string): string {
  return `"${text.replace(/["\\\n\r\t$]/g, (one) => ESCAPES[one] ?? `\\${one}`)}"`;
}
