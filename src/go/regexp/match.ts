/**
 * Matches in linear time, as Go does: an expression in a plan must not keep a process busy forever,
 * and a backtracking matcher takes twice as long for each further character of some texts.
 */
import type { Program } from "./program.ts";

/** The begin and end of each group, at `2n` and `2n + 1`; -1 for groups that took no part. */
export type Match = readonly number[];

/**
 * Finds the leftmost match at or after a position; of several, the one that comes first in the
 * expression. A step that has failed at a position fails there again, so no step is tried twice there.
 * @see https://swtch.com/~rsc/regexp/regexp3.html (the bit-state matcher)
 */
export function matchFrom(program: Program, text: string, from: number): Match | undefined {
  const width = text.length + 1;
  if (program.isAnchored && from > 0) return undefined;
  const tried = new Uint8Array(program.steps.length * width);
  for (let begin = from; begin <= text.length; begin += widthAt(text, begin)) {
    const match = matchAt(program, text, begin, tried);
    if (match !== undefined || program.isAnchored) return match;
  }
  return undefined;
}

/** Returns the number of UTF-16 units of the character there; 1 at the end. */
export function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function matchAt(
  { steps, groups }: Program,
  text: string,
  begin: number,
  tried: Uint8Array,
): Match | undefined {
  const width = text.length + 1;
  const noted = new Array<number>(2 * groups).fill(-1);
  noted[0] = begin;
  // Pairs: a step and a position to go on from; or, below 0, a slot and its former value.
  const stack = [0, begin];
  while (stack.length > 0) {
    let at = stack.pop()!;
    let step = stack.pop()!;
    if (step < 0) {
      noted[~step] = at;
      continue;
    }
    while (tried[step * width + at] === 0) {
      tried[step * width + at] = 1;
      const now = steps[step]!;
      if (now.op === "matched") {
        noted[1] = at;
        return noted;
      }
      if (now.op === "character") {
        if (at >= text.length || !now.test(text.codePointAt(at)!)) break;
        at += widthAt(text, at);
      } else if (now.op === "either") {
        stack.push(now.to[1], at);
        step = now.to[0];
        continue;
      } else if (now.op === "note") {
        stack.push(~now.slot, noted[now.slot]!);
        noted[now.slot] = at;
      } else if (!now.holds(text, at)) break;
      step++;
    }
  }
  return undefined;
}
