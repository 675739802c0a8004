/** Decides where a block ends: where two codes, with a head each, take fewer bits than one. */
import { BLOCK, COUNTS, DISTANCES, LOGS, STRETCH } from "./layout";

/** Fills the table of logarithms, by squaring: one bit each time. */
export function prepareLogs(): void {
  for (let n: u32 = 1; n < 1024; n++) {
    const whole: u32 = 31 - clz(n);
    let x = <u64> n << (31 - whole);
    let log = whole;
    for (let bit = 0; bit < 8; bit++) {
      x = x * x >> 31;
      log <<= 1;
      if (x >> 32 != 0) {
        log |= 1;
        x >>= 1;
      }
    }
    store<u16>(n << 1, log, LOGS);
  }
}

/** n * log2(n), in 1/256 bits, also of 0; n below 2^19. */
// @ts-ignore: decorator
@inline
function weigh(n: u32): u32 {
  const down: u32 = n < 1024 ? 0 : 22 - clz(n);
  return n * (<u32> load<u16>(n >> down << 1, LOGS) + (down << 8));
}

// @ts-ignore: decorator
@inline
function costFrom(table: u32, other: u32, from: u32, to: u32): u64 {
  let sum: u32 = 0;
  let each: u64 = 0;
  for (let at = from; at < to; at += 4) {
    const n = load<u32>(table + at) + (other != 0 ? load<u32>(other + at) : 0);
    sum += n;
    each += weigh(n);
  }
  return <u64> weigh(sum) - each;
}

/** Estimates the bits of all symbols of a table, or of two in one, in 1/256 bits. */
export function cost(table: u32, other: u32): u64 {
  return costFrom(table, other, 0, DISTANCES) + costFrom(table, other, DISTANCES, COUNTS);
}

/** Adds the stretch's counts to the block's, and forgets them. */
export function join(): void {
  for (let at: u32 = 0; at < COUNTS; at += 16) {
    v128.store(at, i32x4.add(v128.load(at, BLOCK), v128.load(at, STRETCH)), BLOCK);
  }
  memory.fill(STRETCH, 0, COUNTS);
}
