/** Cuts bytes into literals and copies of what came before. */
import { insert, search, searchShort } from "./search";
import { countLiteral, Match, put, putLiterals } from "./tokens";

/**
 * Parses from `at` on, and returns where that ended, which may be behind `stop` by a copy.
 * @param start what is before must not be looked at.
 * @param limit nor what is from here on.
 * @param depth how many earlier positions are looked at.
 * @param nice the length of a copy that is good enough to look no further.
 * @param lazy a shorter copy is taken only if the next byte begins none that is longer.
 * @param skip after 2^skip bytes without a copy, every other one is looked for, and so on.
 * @param short whether copies of three bytes are looked for.
 */
export function parse(
  at: u32,
  stop: u32,
  start: u32,
  limit: u32,
  depth: u32,
  nice: u32,
  lazy: u32,
  skip: u32,
  short: bool,
): u32 {
  let run = at;
  let missed: u32 = 0;
  while (at < stop) {
    let match = search(at, start, limit, 3, depth, nice);
    if (short) {
      const three = searchShort(at, start, limit);
      if (match == 0) match = three;
    }
    if (match == 0) {
      countLiteral(at++);
      missed++;
      for (let more = missed >> skip; more > 0 && at < stop; more--) countLiteral(at++);
      continue;
    }
    missed = 0;
    let next = at + (match >> 16);
    at++;
    while (match >> 16 < lazy && at < limit) {
      const length = match >> 16;
      const better = search(at, start, limit, length, length < 8 ? depth >> 1 : depth >> 2, nice);
      at++;
      if (better == 0) break;
      countLiteral(at - 2);
      match = better;
      next = at - 1 + (match >> 16);
    }
    put(next - (match >> 16) - run, match);
    for (; at < next; at++) insert(at);
    run = at;
  }
  putLiterals(at - run);
  return at;
}
