/** A reader of NARs, as strict as the format: what the writer is held against. */
import type { Buffer } from "node:buffer";

/** What a NAR holds; names and targets as latin1, a character for a byte. */
export type Read =
  | { type: "regular"; executable: boolean; contents: string }
  | { type: "symlink"; target: string }
  | { type: "directory"; entries: [string, Read][] };

/** The tree in a NAR; throws at the first thing that is not as it must be. */
export function readNar(bytes: Buffer): Read {
  const words = wordsOf(bytes);
  const next = () => {
    const { done, value } = words.next();
    if (done) throw new Error("the NAR ends early");
    return value;
  };
  const expect = (...wanted: string[]) => {
    for (const want of wanted) {
      const got = next();
      if (got !== want) throw new Error(`${JSON.stringify(got)} where ${want} should be`);
    }
  };
  const node = (): Read => {
    expect("(", "type");
    const type = next();
    if (type === "symlink") {
      expect("target");
      const target = next();
      expect(")");
      return { type, target };
    }
    if (type === "regular") {
      const word = next();
      if (word === "executable") expect("", "contents");
      else if (word !== "contents") throw new Error(`${word} in a file`);
      const contents = next();
      expect(")");
      return { type, executable: word === "executable", contents };
    }
    if (type !== "directory") throw new Error(`a node of type ${type}`);
    const entries: [string, Read][] = [];
    for (let word = next(); word !== ")"; word = next()) {
      if (word !== "entry") throw new Error(`${word} in a folder`);
      expect("(", "name");
      const name = next();
      if (entries.length > 0 && entries.at(-1)![0] >= name) throw new Error(`${name} is too late`);
      expect("node");
      entries.push([name, node()]);
      expect(")");
    }
    return { type, entries };
  };
  expect("nix-archive-1");
  const root = node();
  if (!words.next().done) throw new Error("the NAR goes on after its end");
  return root;
}

function* wordsOf(bytes: Buffer): Generator<string> {
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at));
    const end = at + 8 + length;
    const next = Math.ceil(end / 8) * 8;
    if (next > bytes.length) throw new Error("a word is longer than the NAR");
    if (bytes.subarray(end, next).some((byte) => byte !== 0)) throw new Error("padding is not 0");
    yield bytes.toString("latin1", at + 8, end);
    at = next;
  }
}
