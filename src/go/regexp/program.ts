/** Regular expressions as programs, from their pieces: what `go-match.ts` runs. */

/** A piece of an expression, said in JavaScript's words. */
export interface Piece {
  readonly said: string;
  readonly ignoreCase: boolean;
}

/** Whether a code point is one of an atom's. */
export type Test = (code: number) => boolean;

/** One step; what comes next is the step after it, where nothing else is said. */
export type Step =
  | { readonly op: "character"; readonly test: Test }
  | { readonly op: "assertion"; readonly holds: (text: string, at: number) => boolean }
  /** Notes the place: the beginnings of groups have even numbers, their ends odd ones. */
  | { readonly op: "note"; readonly slot: number }
  /** Goes on at the first of them, and where that fails at the other. */
  | { readonly op: "either"; readonly to: readonly [number, number] }
  | { readonly op: "matched" };

export interface Program {
  readonly steps: readonly Step[];
  /** Matches at the beginning of a text, or nowhere. */
  readonly isAnchored: boolean;
  /** With the whole, which is the first. */
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
}

/** What an expression is made of. */
type Node =
  | { readonly kind: "step"; readonly step: Step }
  | { readonly kind: "all"; readonly of: readonly Node[] }
  | { readonly kind: "any"; readonly of: readonly Node[] }
  | { readonly kind: "group"; readonly number: number; readonly of: Node }
  | Repeat;

interface Repeat {
  readonly kind: "repeat";
  readonly of: Node;
  readonly least: number;
  readonly most: number;
  readonly isGreedy: boolean;
}

/** As in Go; deeper ones are none that somebody wrote. */
const MAX_DEPTH = 1000;
/** A path of 200 characters then takes some milliseconds at the very most. */
const MAX_STEPS = 5000;
/** Repetitions of nothing make no steps, and yet keep one busy. */
const MAX_WORK = 4 * MAX_STEPS;

/** How many parts may yet be written. */
interface Work {
  left: number;
}

/**
 * The program of pieces that make a well-formed expression.
 * @throws RangeError where it is too large or nested too deeply.
 */
export function programOf(pieces: readonly Piece[]): Program {
  const { node, groups, names } = parsed(pieces);
  const steps: Step[] = [];
  emit(node, steps, { left: MAX_WORK });
  steps.push({ op: "matched" });
  return { steps, isAnchored: steps[0] === BEGIN, groups, names };
}

function parsed(pieces: readonly Piece[]) {
  const names = new Map<string, number>();
  let groups = 1;
  let at = 0;
  const choice = (depth: number): Node => {
    if (depth > MAX_DEPTH) throw new RangeError("it is nested too deeply");
    const ways: Node[][] = [[]];
    for (; at < pieces.length && pieces[at]!.said !== ")"; at++) {
      const { said } = pieces[at]!;
      const way = ways.at(-1)!;
      const repeat = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})(\??)$/.exec(said);
      const group = /^\((?:\?(?::|<_(\w+)>))?$/.exec(said);
      if (said === "|") ways.push([]);
      else if (repeat !== null) way.push(repeated(way.pop()!, repeat));
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

function repeated(of: Node, [, sign, from, comma, to, lazy]: RegExpExecArray): Repeat {
  const least = Number(from);
  const [a, b] = sign === undefined
    ? [least, comma === "" ? least : to === "" ? Infinity : Number(to)]
    : SIGNS[sign as keyof typeof SIGNS];
  return { kind: "repeat", of, least: a, most: b, isGreedy: lazy === "" };
}

function emit(node: Node, steps: Step[], work: Work): void {
  if (steps.length > MAX_STEPS || --work.left < 0) throw new RangeError("it is too large");
  switch (node.kind) {
    case "step":
      return void steps.push(node.step);
    case "all":
      return node.of.forEach((one) => emit(one, steps, work));
    case "any":
      return emitChoice(node.of, steps, work);
    case "repeat":
      return emitRepeat(node, steps, work);
    case "group":
      steps.push({ op: "note", slot: 2 * node.number });
      emit(node.of, steps, work);
      steps.push({ op: "note", slot: 2 * node.number + 1 });
  }
}

function emitChoice(ways: readonly Node[], steps: Step[], work: Work): void {
  const ends: number[] = [];
  ways.slice(0, -1).forEach((way) => {
    const fork = reserve(steps);
    emit(way, steps, work);
    ends.push(reserve(steps));
    steps[fork] = either(fork + 1, steps.length, true);
  });
  emit(ways.at(-1)!, steps, work);
  for (const end of ends) steps[end] = either(steps.length, steps.length, true);
}

/** What may be empty is repeated as `(x+)?`, as Go does: groups in it have their say once. */
function emitRepeat({ of, least, most, isGreedy }: Repeat, steps: Step[], work: Work): void {
  for (let i = 1; i < least; i++) emit(of, steps, work);
  const forks: number[] = [];
  if (most === Infinity) {
    if (least === 0) forks.push(reserve(steps));
    const begin = steps.length;
    emit(of, steps, work);
    steps.push(either(begin, steps.length + 1, isGreedy));
  } else {
    if (least > 0) emit(of, steps, work);
    for (let i = least; i < most; i++) {
      forks.push(reserve(steps));
      emit(of, steps, work);
    }
  }
  for (const fork of forks) steps[fork] = either(fork + 1, steps.length, isGreedy);
}

function reserve(steps: Step[]): number {
  return steps.push({ op: "matched" }) - 1;
}

function either(into: number, past: number, isGreedy: boolean): Step {
  return { op: "either", to: isGreedy ? [into, past] : [past, into] };
}

const isWord = (text: string, at: number): boolean => /^[0-9A-Za-z_]$/.test(text.charAt(at));
const isEdge = (text: string, at: number): boolean => isWord(text, at - 1) !== isWord(text, at);

/** What has no width, by how JavaScript says it. */
const ASSERTIONS: ReadonlyMap<string, (text: string, at: number) => boolean> = new Map([
  ["(?:$)", (text, at) => at === text.length],
  ["(?:(?<![^\\n]))", (text, at) => at === 0 || text[at - 1] === "\n"],
  ["(?:(?![^\\n]))", (text, at) => at === text.length || text[at] === "\n"],
  ["(?:\\b)", isEdge],
  ["(?:\\B)", (text, at) => !isEdge(text, at)],
]);

const BEGIN: Step = { op: "assertion", holds: (_text, at) => at === 0 };

function stepOf(piece: Piece): Step {
  if (piece.said === "(?:^)") return BEGIN;
  const holds = ASSERTIONS.get(piece.said);
  return holds !== undefined
    ? { op: "assertion", holds }
    : { op: "character", test: testOf(piece) };
}

/** A table for what most paths are made of. */
function testOf({ said, ignoreCase }: Piece): Test {
  const regex = new RegExp(`^${said}$`, ignoreCase ? "iu" : "u");
  const test = (code: number): boolean => regex.test(String.fromCodePoint(code));
  const ascii = Uint8Array.from({ length: 128 }, (_, code) => Number(test(code)));
  return (code) => code < 128 ? ascii[code] === 1 : test(code);
}
