/**
 * Cuts bytes into literals and copies of what came before, with little effort: two tables tell where the
 * same four bytes were last, and the same seven the last two times.
 */
import { LONG, LONG_BITS, SHORT, SHORT_BITS } from "./layout";
import { countSame } from "./search";
import { countLiteral, FARTHEST, LONGEST, put, putLiterals } from "./tokens";

/** Every so many bytes a position is noted in long copies. */
const STEP: u32 = 3;

// @ts-ignore: decorator
@inline
function shortOf(bytes: u64): u32 {
  return <u32> bytes * 0x9e3779b1 >> (32 - SHORT_BITS) << 1;
}

// @ts-ignore: decorator
@inline
function longOf(bytes: u64): u32 {
  return <u32> ((bytes << 8) * 0x9fb21c651e98df25 >> (64 - LONG_BITS)) << 2;
}

/** Notes the position. */
// @ts-ignore: decorator
@inline
export function insertQuickly(at: u32): void {
  const bytes = load<u64>(at);
  const long = longOf(bytes);
  store<u16>(shortOf(bytes), at, SHORT);
  store<u32>(long, load<u32>(long, LONG) << 16 | (at & 0xffff), LONG);
}

/** Tells how many bytes are the same at that distance, at most 258; 0 if no more than the known number. */
// @ts-ignore: decorator
@inline
function measure(at: u32, distance: u32, farthest: u32, limit: u32, known: u32): u32 {
  const there = at - distance;
  if (load<u32>(there + known - 3) != load<u32>(at + known - 3)) return 0;
  if (distance - 1 >= farthest) return 0;
  const same = countSame(at, there, min<u32>(limit - at, LONGEST));
  return same > known ? same : 0;
}

// @ts-ignore: decorator
@inline
function countLiterals(from: u32, to: u32): void {
  for (let at = from; at < to; at++) countLiteral(at);
}

/**
 * Parses from `at` on, and returns where that ended, which may be behind `stop` by a copy.
 * @param start what is before must not be looked at.
 * @param limit nor what is from here on.
 * @param nice the length of a copy that is good enough to look no further.
 * @param lazy a shorter copy is taken only if the next byte begins none that is longer.
 * @param skip after 2^skip bytes without a copy, every other one is looked for, and so on.
 * @param dense so many bytes of a copy are noted one by one.
 */
export function parseQuickly(
  at: u32,
  stop: u32,
  start: u32,
  limit: u32,
  nice: u32,
  lazy: u32,
  skip: u32,
  dense: u32,
): u32 {
  let run = at;
  while (at < stop) {
    const noted = at;
    const bytes = load<u64>(at);
    const short = shortOf(bytes);
    const long = longOf(bytes);
    const two = load<u32>(long, LONG);
    const one = <u32> load<u16>(short, SHORT);
    store<u16>(short, at, SHORT);
    store<u32>(long, two << 16 | (at & 0xffff), LONG);
    const farthest = min<u32>(at - start, FARTHEST);
    let distance = (at - two) & 0xffff;
    let length = measure(at, distance, farthest, limit, 3);
    if (length != 0) {
      const other = (at - (two >> 16)) & 0xffff;
      const more = length < nice ? measure(at, other, farthest, limit, length) : 0;
      if (more != 0) {
        length = more;
        distance = other;
      }
    } else {
      distance = (at - one) & 0xffff;
      length = measure(at, distance, farthest, limit, 3);
    }
    if (length == 0) {
      at = min(stop, at + 1 + (at - run >> skip));
      continue;
    }
    if (length < lazy) {
      const other = (at + 1 - load<u32>(longOf(load<u64>(at + 1)), LONG)) & 0xffff;
      const more = measure(at + 1, other, farthest, limit, length);
      if (more != 0) {
        length = more;
        distance = other;
        at++;
      }
    }
    const next = at + length;
    // What was passed over may be the same, too.
    const first = max(run, start + distance);
    while (at > first && length < LONGEST && load<u8>(at - 1) == load<u8>(at - 1 - distance)) {
      at--;
      length++;
    }
    countLiterals(run, at);
    put(at - run, length << 16 | (distance - 1));
    const sparse = min(next, noted + dense);
    for (at = noted + 1; at < sparse; at++) insertQuickly(at);
    for (at += STEP - 1; at < next; at += STEP) insertQuickly(at);
    at = next;
    run = at;
  }
  countLiterals(run, at);
  putLiterals(at - run);
  return at;
}
