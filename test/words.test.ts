/** One meaning to a word: the names of types and functions, and the list of words. */
import { describe, expect, it } from "vitest";
import { listFunctions, listTypes, readText, readTexts } from "./support/words.ts";

const sources = readTexts(["src", "transports"], ".ts");

const [words, verbs] = readText("docs/words.md").split("\n## Verbs\n").map((section) =>
  [...section.matchAll(/^- \*\*(.+?)\*\*: /gm)].map(([, word]) => word!.toLowerCase())
) as [string[], string[]];

/** Names that are no verb and its object, as docs/words.md explains. */
const OTHER_NAMES = new Set([
  ...["cat", "content", "diff", "login", "logout", "ls", "main"],
  // Factories of steps.
  ...["oneImage", "platform", "config", "onPlatforms"],
]);
const PREDICATES = ["can", "has", "is"];

/** Declared once for each transport. */
const TRANSPORT_FUNCTIONS = new Set(["openSink", "openSource"]);

/** The types of fields, which read like a schema. */
const SCHEMA = "src/compose/spec/kinds.ts";

function isNamedWell(name: string): boolean {
  const [first] = /^[a-z]+/.exec(name) ?? [""];
  return OTHER_NAMES.has(name) || /[a-z\d](?:Of|Error)(?![a-z])/.test(name) ||
    PREDICATES.includes(first) || verbs.includes(first);
}

/** The names that more than one file declares, with the files. */
function findTwice(namesIn: (source: string) => readonly string[]): string[] {
  const files = new Map<string, string[]>();
  for (const [file, source] of sources) {
    for (const name of namesIn(source)) files.set(name, [...files.get(name) ?? [], file]);
  }
  return [...files].filter(([, places]) => places.length > 1)
    .map(([name, places]) => `${name}: ${places.join(", ")}`).sort();
}

describe("words", () => {
  it("name one type each", () => {
    expect(sources.size).toBeGreaterThan(300);
    expect(findTwice(listTypes)).toEqual([]);
  });

  it("name one exported function each", () => {
    const exported = (source: string) =>
      listFunctions(source).filter(({ isExported }) => isExported).map(({ name }) => name)
        .filter((name) => !TRANSPORT_FUNCTIONS.has(name));
    expect(findTwice(exported)).toEqual([]);
  });

  it("that begin a function's name are verbs of docs/words.md", () => {
    const wrong = [...sources].filter(([file]) => file !== SCHEMA).flatMap(([file, source]) =>
      listFunctions(source).filter(({ name }) => !isNamedWell(name))
        .map(({ name }) => `${file}: ${name}`)
    );
    expect(wrong).toEqual([]);
  });

  it("are in docs/words.md, once each, in alphabetical order", () => {
    for (const list of [words, verbs]) {
      expect(list.length).toBeGreaterThan(50);
      expect(list).toEqual([...new Set(list)].sort());
    }
  });

  it("are verbs only while functions bear them", () => {
    const used = new Set(
      [...sources.values()].flatMap(listFunctions).map(({ name }) => /^[a-z]+/.exec(name)?.[0]),
    );
    expect(verbs.filter((verb) => !used.has(verb))).toEqual([]);
  });
});

describe("the rules", () => {
  it("see types, and not what is exported by name", () => {
    const source = "export type { A } from './a.ts';\ninterface B {}\nexport type C<T> = T;\n";
    expect(listTypes(source)).toEqual(["B", "C"]);
  });

  it("see functions once, however they are declared", () => {
    const source = [
      "export function a(x: 1): 1;",
      "export function a(x: 2): 2 {}",
      "async function* b() {}",
      "export const c = async (x: 1) => x;",
      "const d = 1;",
    ].join("\n");
    expect(listFunctions(source).map(({ name, isExported }) => [name, isExported]))
      .toEqual([["a", true], ["b", false], ["c", true]]);
  });

  it("tell a verb and its object from a riddle", () => {
    for (const name of ["readIndex", "isPath", "sizeOf", "usageError", "pin", "ls"]) {
      expect(isNamedWell(name), name).toBe(true);
    }
    for (const name of ["located", "namesFor", "plainOffer", "issue", "canonical"]) {
      expect(isNamedWell(name), name).toBe(false);
    }
  });
});
