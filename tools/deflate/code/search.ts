/** Finds earlier copies of the bytes at a position. */
import { NEWEST, PLACES, TAGS, THREES, THREES_BITS } from "./layout";
import { FARTHEST, LONGEST, Match } from "./tokens";

const ROW_BITS: u32 = 12;

// @ts-ignore: decorator
@inline
function hashOf(bytes: u32): u32 {
  return bytes * 0x9e3779b1 >> (24 - ROW_BITS);
}

// @ts-ignore: decorator
@inline
function note(at: u32, row: u32, tag: u32): void {
  const head = (<u32> load<u8>(row, NEWEST) - 1) & 15;
  store<u8>(row, head, NEWEST);
  const slot = row << 4 | head;
  store<u8>(slot, tag, TAGS);
  store<u16>(slot << 1, at, PLACES);
}

/** Notes the position. */
// @ts-ignore: decorator
@inline
export function insert(at: u32): void {
  const hash = hashOf(load<u32>(at));
  note(at, hash >> 8, hash & 255);
}

/** Tells how many bytes are the same at both places, at most `most`. */
// @ts-ignore: decorator
@inline
export function countSame(a: u32, b: u32, most: u32): u32 {
  let same: u32 = 0;
  while (same < most) {
    const other = load<u64>(a + same) ^ load<u64>(b + same);
    if (other != 0) return min<u32>(same + <u32> (ctz(other) >> 3), most);
    same += 8;
  }
  return most;
}

/**
 * Finds the longest copy of what is at the position, which it notes.
 * @param known the length that must be exceeded, at least 3.
 */
// @ts-ignore: decorator
@inline
export function search(at: u32, start: u32, end: u32, known: u32, depth: u32, nice: u32): Match {
  const first = load<u32>(at);
  const hash = hashOf(first);
  const row = hash >> 8;
  const head: u32 = load<u8>(row, NEWEST);
  let mask: u32 = i8x16.bitmask(i8x16.eq(v128.load(row << 4, TAGS), i8x16.splat(<i8> hash)));
  note(at, row, hash & 255);
  if (mask == 0) return 0;
  mask = mask << 16 | mask;
  mask = (mask >> head) & 0xffff;
  const farthest = min<u32>(at - start, FARTHEST);
  const most = min<u32>(end - at, LONGEST);
  if (known >= most) return 0;
  let length = known;
  let last = load<u32>(at + length - 3);
  let match: Match = 0;
  do {
    const slot = row << 4 | ((head + <u32> ctz(mask)) & 15);
    const distance = (at - load<u16>(slot << 1, PLACES)) & 0xffff;
    if (distance - 1 >= farthest) break;
    const there = at - distance;
    if (load<u32>(there + length - 3) == last) {
      const same = countSame(at, there, most);
      if (same > length) {
        length = same;
        match = same << 16 | (distance - 1);
        if (same >= nice || same == most) break;
        last = load<u32>(at + length - 3);
      }
    }
    mask &= mask - 1;
  } while (mask != 0 && --depth != 0);
  return match;
}

/** Finds a copy of three bytes not far away, and notes the position. */
// @ts-ignore: decorator
@inline
export function searchShort(at: u32, start: u32, end: u32): Match {
  const first = load<u32>(at) << 8;
  const hash = first * 0x9e3779b1 >> (32 - THREES_BITS) << 1;
  const distance = (at - load<u16>(hash, THREES)) & 0xffff;
  store<u16>(hash, at, THREES);
  if (distance == 0 || distance > min<u32>(at - start, 4096) || end - at < 3) return 0;
  return load<u32>(at - distance) << 8 == first ? 3 << 16 | (distance - 1) : 0;
}
