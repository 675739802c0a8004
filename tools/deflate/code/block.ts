/** Writes blocks of deflate. @see https://www.rfc-editor.org/rfc/rfc1951#section-3.2.3 */
import {
  BITS,
  BLOCK,
  CODES,
  DISTANCES,
  FIXED,
  HEAD_BITS,
  HEAD_CODES,
  HEAD_COUNTS,
  HEAD_ITEMS,
  LENGTH_SYMBOLS,
  LENGTHS,
  TOKENS,
} from "./layout";
import { makeCodes, makeLengths } from "./huffman";

/** Where the next whole byte goes, and the bits that are not whole bytes yet. */
let out: u32 = 0;
let bits: u64 = 0;
let held: u32 = 0;

export function beginOutput(at: u32): void {
  out = at;
  bits = 0;
  held = 0;
}

export function outputEnd(): u32 {
  return out;
}

function writeBits(value: u32, count: u32): void {
  bits |= <u64> value << held;
  held += count;
  store<u64>(out, bits);
  out += held >> 3;
  bits >>= <u64> (held & ~7);
  held &= 7;
}

/** The order in which the lengths of the head's own codes are written. */
// deno-fmt-ignore
const HEAD_ORDER = memory.data<u8>([
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]);

/** The number of extra bits of a length's symbol, less 257. */
// @ts-ignore: decorator
@inline
function extraOfLength(symbol: u32): u32 {
  return symbol < 8 || symbol == 28 ? 0 : (symbol >> 2) - 1;
}

// @ts-ignore: decorator
@inline
function extraOfDistance(slot: u32): u32 {
  return slot < 4 ? 0 : (slot >> 1) - 1;
}

/** Fills the tables that no input changes. */
export function prepareBlocks(): void {
  let length: u32 = 3;
  for (let symbol: u32 = 0; symbol < 28; symbol++) {
    for (let n = 1 << extraOfLength(symbol); n > 0; n--) {
      store<u8>(length++, symbol, LENGTH_SYMBOLS);
    }
  }
  store<u8>(258, 28, LENGTH_SYMBOLS);
  memory.fill(FIXED, 8, 144);
  memory.fill(FIXED + 144, 9, 112);
  memory.fill(FIXED + 256, 7, 24);
  memory.fill(FIXED + 280, 8, 8);
  memory.fill(FIXED + 288, 5, 32);
}

/** Counts the bits of the block's symbols in a code, without extra bits. */
function sizeIn(lengths: u32): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < 320; i++) sum += load<u32>(i << 2, BLOCK) * <u32> load<u8>(lengths + i);
  return sum;
}

/** Counts the extra bits of the block's symbols. */
function sizeOfExtra(): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 8; i < 28; i++) sum += load<u32>(257 + i << 2, BLOCK) * extraOfLength(i);
  for (let i: u32 = 4; i < 30; i++) {
    sum += load<u32>((i << 2) + DISTANCES, BLOCK) * extraOfDistance(i);
  }
  return sum;
}

/** Writes the tokens up to `end`, which stand for the bytes from `from` to `to`, in the shortest way. */
export function writeBlock(end: u32, from: u32, to: u32): void {
  store<u32>(256 << 2, 1, BLOCK);
  makeLengths(BLOCK, 286, 14, BITS);
  makeLengths(BLOCK + DISTANCES, 30, 14, BITS + 288);
  const head = makeHead();
  const extra = sizeOfExtra();
  const dynamic = head + sizeIn(BITS) + extra;
  const fixed = sizeIn(FIXED) + extra;
  const size = to - from;
  const stored = (size << 3) + (size + 65534) / 65535 * 35 + 7;
  if (stored <= min(dynamic, fixed) + 3) {
    writeStored(from, to);
    return;
  }
  let lengths = BITS;
  if (fixed <= dynamic) {
    writeBits(1 << 1, 3);
    lengths = FIXED;
  } else {
    writeBits(2 << 1, 3);
    writeHead();
  }
  makeCodes(lengths, 288, CODES);
  makeCodes(lengths + 288, 30, CODES + DISTANCES);
  makeLengthCodes();
  writeTokens(end, from);
}

/** Writes the bytes as they are. */
function writeStored(from: u32, to: u32): void {
  while (from < to) {
    const size = min<u32>(to - from, 65535);
    writeEmpty(size);
    memory.copy(out, from, size);
    out += size;
    from += size;
  }
}

/** Writes the head of a block of bytes as they are; of none, it is what ends a piece on a whole byte. */
export function writeEmpty(size: u32): void {
  writeBits(0, 3);
  writeBits(0, (8 - held) & 7);
  writeBits(size, 16);
  writeBits(~size & 0xffff, 16);
}

let literals: u32 = 0;
let distances: u32 = 0;
let items: u32 = 0;
let heads: u32 = 0;

/** Makes a block's head, and returns its bits. */
function makeHead(): u32 {
  literals = 286;
  while (literals > 257 && load<u8>(literals - 1, BITS) == 0) literals--;
  distances = 30;
  while (distances > 1 && load<u8>(distances - 1, BITS + 288) == 0) distances--;
  memory.fill(HEAD_COUNTS, 0, 19 * 4);
  items = HEAD_ITEMS;
  let i: u32 = 0;
  const all = literals + distances;
  while (i < all) {
    const value = bitsAt(i);
    let run: u32 = 1;
    while (i + run < all && bitsAt(i + run) == value) run++;
    i += run;
    if (value != 0) {
      putItem(value, 0);
      run--;
    }
    while (run > 2) {
      const most: u32 = value == 0 ? 138 : 6;
      const take = min(run, most);
      if (value != 0) putItem(16, take - 3);
      else if (take < 11) putItem(17, take - 3);
      else putItem(18, take - 11);
      run -= take;
    }
    for (; run > 0; run--) putItem(value, 0);
  }
  makeLengths(HEAD_COUNTS, 19, 7, HEAD_BITS);
  heads = 19;
  while (heads > 4 && load<u8>(<u32> load<u8>(HEAD_ORDER + heads - 1), HEAD_BITS) == 0) heads--;
  let size: u32 = 14 + heads * 3;
  for (let at: u32 = 0; at < 19; at++) {
    size += load<u32>(at << 2, HEAD_COUNTS) * (<u32> load<u8>(at, HEAD_BITS) + extraOfItem(at));
  }
  return size;
}

// @ts-ignore: decorator
@inline
function bitsAt(i: u32): u32 {
  return load<u8>(i < literals ? BITS + i : BITS + 288 + i - literals);
}

// @ts-ignore: decorator
@inline
function extraOfItem(item: u32): u32 {
  return item < 16 ? 0 : item == 16 ? 2 : item == 17 ? 3 : 7;
}

function putItem(item: u32, extra: u32): void {
  store<u8>(items, item);
  store<u8>(items + 1, extra);
  items += 2;
  store<u32>(item << 2, load<u32>(item << 2, HEAD_COUNTS) + 1, HEAD_COUNTS);
}

function writeHead(): void {
  makeCodes(HEAD_BITS, 19, HEAD_CODES);
  writeBits(literals - 257 | (distances - 1) << 5 | (heads - 4) << 10, 14);
  for (let i: u32 = 0; i < heads; i++) {
    writeBits(load<u8>(<u32> load<u8>(HEAD_ORDER + i), HEAD_BITS), 3);
  }
  for (let at = HEAD_ITEMS; at < items; at += 2) {
    const item: u32 = load<u8>(at);
    const code = load<u32>(item << 2, HEAD_CODES);
    writeBits(code >> 8, code & 255);
    writeBits(load<u8>(at + 1), extraOfItem(item));
  }
}

/** Makes the code of each length of a copy, extra bits included. */
function makeLengthCodes(): void {
  let from: u32 = 3;
  for (let symbol: u32 = 0; symbol < 29; symbol++) {
    const code = load<u32>(257 + symbol << 2, CODES);
    const count = code & 255;
    const extra = extraOfLength(symbol);
    // The last length of the last but one symbol has a symbol of its own.
    const n: u32 = 1 << extra;
    for (let i: u32 = 0; i < n; i++) {
      store<u32>(from + i << 2, (code >> 8 | i << count) << 8 | (count + extra), LENGTHS);
    }
    from += symbol == 27 ? n - 1 : n;
  }
}

/** Returns a literal's code, or none. */
// @ts-ignore: decorator
@inline
function codeOf(literal: u32, isThere: bool): u32 {
  return select<u32>(load<u32>(literal << 2, CODES), 0, isThere);
}

function writeTokens(end: u32, from: u32): void {
  let at = out;
  let have = bits;
  let n: u64 = held;
  for (let token: u32 = TOKENS; token < end; token += 8) {
    const what = load<u64>(token);
    const stop = from + (<u32> what & 0xfffff);
    // Four at a time, those that are not there as well: no processor guesses how many there are.
    do {
      const left = <i32> (stop - from);
      const four = load<u32>(from);
      const a = codeOf(four & 255, left > 0);
      have |= <u64> (a >> 8) << n;
      n += a & 255;
      const b = codeOf(four >> 8 & 255, left > 1);
      have |= <u64> (b >> 8) << n;
      n += b & 255;
      const c = codeOf(four >> 16 & 255, left > 2);
      have |= <u64> (c >> 8) << n;
      n += c & 255;
      const d = codeOf(four >> 24, left > 3);
      have |= <u64> (d >> 8) << n;
      n += d & 255;
      store<u64>(at, have);
      at += <u32> (n >> 3);
      have >>= n & ~7;
      n &= 7;
      from += 4;
    } while (from < stop);
    from = stop;
    const length = <u32> what >> 20;
    if (length == 0) continue;
    from += length;
    const code = load<u32>(length << 2, LENGTHS);
    have |= <u64> (code >> 8) << n;
    n += code & 255;
    const slot = <u32> (what >> 48);
    const distance = load<u32>(slot << 2, CODES + DISTANCES);
    have |= <u64> (distance >> 8) << n;
    n += distance & 255;
    const extra = extraOfDistance(slot);
    have |= (what >> 32 & 0xffff & ((<u64> 1 << extra) - 1)) << n;
    n += extra;
    store<u64>(at, have);
    at += <u32> (n >> 3);
    have >>= n & ~7;
    n &= 7;
  }
  out = at;
  bits = have;
  held = <u32> n;
  const last = load<u32>(256 << 2, CODES);
  writeBits(last >> 8, last & 255);
}
