/** Compiles the pieces of a regular expression to a program, which `match.ts` runs. */

/** A piece of an expression, in JavaScript's syntax. */
export interface RegExpPiece {
  readonly said: string;
  readonly ignoreCase: boolean;
}

/** A test whether a code point matches. */
export type CharacterTest = (code: number) => boolean;

/** A step of a program; the step after it comes next, unless it says otherwise. */
export type ProgramStep =
  | { readonly op: "character"; readonly test: CharacterTest }
  | { readonly op: "assertion"; readonly holds: (text: string, at: number) => boolean }
  /** Notes the position: the beginnings of groups have even numbers, their ends odd ones. */
  | { readonly op: "note"; readonly slot: number }
  /** Goes on at the first of them, and if that fails at the other. */
  | { readonly op: "either"; readonly to: readonly [number, number] }
  | { readonly op: "matched" };

/** A compiled expression: its steps and groups. */
export interface Program {
  readonly steps: readonly ProgramStep[];
  /** Tells whether it can match at the beginning of a text only. */
  readonly isAnchored: boolean;
  /** The number of groups; the first is the whole match. */
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
}

/** A node of the expression's tree. */
type RegExpNode =
  | { readonly kind: "step"; readonly step: ProgramStep }
  | { readonly kind: "all"; readonly of: readonly RegExpNode[] }
  | { readonly kind: "any"; readonly of: readonly RegExpNode[] }
  | { readonly kind: "group"; readonly number: number; readonly of: RegExpNode }
  | RepeatNode;

interface RepeatNode {
  readonly kind: "repeat";
  readonly of: RegExpNode;
  readonly least: number;
  readonly most: number;
  readonly isGreedy: boolean;
}

/** The limit is Go's; nobody writes deeper ones. */
const MAX_DEPTH = 1000;
/** With so many, a path of 200 characters takes some milliseconds at most. */
const MAX_STEPS = 5000;
/** A limit of its own, because repetitions of nothing make no steps, but take time. */
const MAX_WORK = 4 * MAX_STEPS;

/** The number of nodes that may still be emitted. */
interface WorkLeft {
  left: number;
}

/**
 * Returns the program of pieces that make a well-formed expression.
 * @throws RangeError when it is too large or nested too deeply.
 */
export function programOf(pieces: readonly RegExpPiece[]): Program {
  const { node, groups, names } = parsePieces(pieces);
  const steps: ProgramStep[] = [];
  emitNode(node, steps, { left: MAX_WORK });
  steps.push({ op: "matched" });
  return { steps, isAnchored: steps[0] === BEGIN, groups, names };
}

function parsePieces(pieces: readonly RegExpPiece[]) {
  const names = new Map<string, number>();
  let groups = 1;
  let at = 0;
  const choice = (depth: number): RegExpNode => {
    if (depth > MAX_DEPTH) throw new RangeError("it is nested too deeply");
    const ways: RegExpNode[][] = [[]];
    for (; at < pieces.length && pieces[at]!.said !== ")"; at++) {
      const { said } = pieces[at]!;
      const way = ways.at(-1)!;
      const repeat = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})(\??)$/.exec(said);
      const group = /^\((?:\?(?::|<_(\w+)>))?$/.exec(said);
      if (said === "|") ways.push([]);
      else if (repeat !== null) way.push(repeatOf(way.pop()!, repeat));
      else if (group === null) way.push({ kind: "step", step: stepOf(pieces[at]!) });
      else {
        at++;
        const number = said === "(?:" ? undefined : groups++;
        if (group[1] !== undefined) names.set(group[1], number!);
        const of = choice(depth + 1);
        way.push(number === undefined ? of : { kind: "group", number, of });
      }
    }
    return { kind: "any", of: ways.map((of) => ({ kind: "all", of })) };
  };
  return { node: choice(0), groups, names };
}

const SIGNS = { "*": [0, Infinity], "+": [1, Infinity], "?": [0, 1] } as const;

function repeatOf(of: RegExpNode, [, sign, from, comma, to, lazy]: RegExpExecArray): RepeatNode {
  const least = Number(from);
  const [a, b] = sign === undefined
    ? [least, comma === "" ? least : to === "" ? Infinity : Number(to)]
    : SIGNS[sign as keyof typeof SIGNS];
  return { kind: "repeat", of, least: a, most: b, isGreedy: lazy === "" };
}

function emitNode(node: RegExpNode, steps: ProgramStep[], work: WorkLeft): void {
  if (steps.length > MAX_STEPS || --work.left < 0) throw new RangeError("it is too large");
  switch (node.kind) {
    case "step":
      return void steps.push(node.step);
    case "all":
      return node.of.forEach((one) => emitNode(one, steps, work));
    case "any":
      return emitChoice(node.of, steps, work);
    case "repeat":
      return emitRepeat(node, steps, work);
    case "group":
      steps.push({ op: "note", slot: 2 * node.number });
      emitNode(node.of, steps, work);
      steps.push({ op: "note", slot: 2 * node.number + 1 });
  }
}

function emitChoice(ways: readonly RegExpNode[], steps: ProgramStep[], work: WorkLeft): void {
  const ends: number[] = [];
  ways.slice(0, -1).forEach((way) => {
    const fork = reserveStep(steps);
    emitNode(way, steps, work);
    ends.push(reserveStep(steps));
    steps[fork] = eitherOf(fork + 1, steps.length, true);
  });
  emitNode(ways.at(-1)!, steps, work);
  for (const end of ends) steps[end] = eitherOf(steps.length, steps.length, true);
}

/** Emits a repetition; `x*` becomes `(x+)?`, as in Go, so that groups in an empty match are noted once. */
function emitRepeat(
  { of, least, most, isGreedy }: RepeatNode,
  steps: ProgramStep[],
  work: WorkLeft,
): void {
  for (let i = 1; i < least; i++) emitNode(of, steps, work);
  const forks: number[] = [];
  if (most === Infinity) {
    if (least === 0) forks.push(reserveStep(steps));
    const begin = steps.length;
    emitNode(of, steps, work);
    steps.push(eitherOf(begin, steps.length + 1, isGreedy));
  } else {
    if (least > 0) emitNode(of, steps, work);
    for (let i = least; i < most; i++) {
      forks.push(reserveStep(steps));
      emitNode(of, steps, work);
    }
  }
  for (const fork of forks) steps[fork] = eitherOf(fork + 1, steps.length, isGreedy);
}

function reserveStep(steps: ProgramStep[]): number {
  return steps.push({ op: "matched" }) - 1;
}

function eitherOf(into: number, past: number, isGreedy: boolean): ProgramStep {
  return { op: "either", to: isGreedy ? [into, past] : [past, into] };
}

const isWord = (text: string, at: number): boolean => /^[0-9A-Za-z_]$/.test(text.charAt(at));
const isEdge = (text: string, at: number): boolean => isWord(text, at - 1) !== isWord(text, at);

/** Assertions, which have no width, by their JavaScript syntax. */
const ASSERTIONS: ReadonlyMap<string, (text: string, at: number) => boolean> = new Map([
  ["(?:$)", (text, at) => at === text.length],
  ["(?:(?<![^\\n]))", (text, at) => at === 0 || text[at - 1] === "\n"],
  ["(?:(?![^\\n]))", (text, at) => at === text.length || text[at] === "\n"],
  ["(?:\\b)", isEdge],
  ["(?:\\B)", (text, at) => !isEdge(text, at)],
]);

const BEGIN: ProgramStep = { op: "assertion", holds: (_text, at) => at === 0 };

function stepOf(piece: RegExpPiece): ProgramStep {
  if (piece.said === "(?:^)") return BEGIN;
  const holds = ASSERTIONS.get(piece.said);
  return holds !== undefined
    ? { op: "assertion", holds }
    : { op: "character", test: testOf(piece) };
}

/** Makes the test of a piece, with a table for ASCII, because most paths are made of that. */
function testOf({ said, ignoreCase }: RegExpPiece): CharacterTest {
  const regex = new RegExp(`^${said}$`, ignoreCase ? "iu" : "u");
  const test = (code: number): boolean => regex.test(String.fromCodePoint(code));
  const ascii = Uint8Array.from({ length: 128 }, (_, code) => Number(test(code)));
  return (code) => code < 128 ? ascii[code] === 1 : test(code);
}
