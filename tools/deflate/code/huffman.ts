/** Makes codes of the fewest bits with none longer than allowed, and the bits of each code. */
import { PER_LENGTH, SORTED, TREE } from "./layout";

// @ts-ignore: decorator
@inline
function get(table: u32, index: u32): u32 {
  return load<u32>(table + (index << 2));
}

// @ts-ignore: decorator
@inline
function set(table: u32, index: u32, value: u32): void {
  store<u32>(table + (index << 2), value);
}

/** Writes the length of each symbol's code, u8, of how often each comes, u32. */
export function makeLengths(counts: u32, symbols: u32, longest: u32, lengths: u32): void {
  memory.fill(lengths, 0, symbols);
  const used = sortSymbols(counts, symbols);
  if (used < 2) {
    // Two codes at least, which is what all decoders take: one of them may never come.
    const one = used == 1 ? get(SORTED, 0) & 511 : 0;
    store<u8>(lengths + one, 1);
    store<u8>(lengths + (one == 0 ? 1 : 0), 1);
    return;
  }
  for (let i: u32 = 0; i < used; i++) set(TREE, i, get(SORTED, i) >> 9);
  growTree(used);
  countLengths(used, longest);
  let next: u32 = 0;
  for (let length = longest; length > 0; length--) {
    for (let n = get(PER_LENGTH, length); n > 0; n--) {
      store<u8>(lengths + (get(SORTED, next++) & 511), length);
    }
  }
}

/** Sorts the symbols that come by how often (Shell's way): the count above, the symbol in 9 bits. */
function sortSymbols(counts: u32, symbols: u32): u32 {
  let used: u32 = 0;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const n = get(counts, symbol);
    if (n > 0) set(SORTED, used++, n << 9 | symbol);
  }
  for (let gap: u32 = 121; gap > 0; gap = gap / 3) {
    for (let i = gap; i < used; i++) {
      const key = get(SORTED, i);
      let j = i;
      for (; j >= gap && get(SORTED, j - gap) > key; j -= gap) set(SORTED, j, get(SORTED, j - gap));
      set(SORTED, j, key);
    }
  }
  return used;
}

/** Turns ascending weights into the depths of Huffman's tree, in place, as Moffat and Katajainen do. */
function growTree(used: u32): void {
  set(TREE, 0, get(TREE, 0) + get(TREE, 1));
  let root: u32 = 0;
  let leaf: u32 = 2;
  for (let next: u32 = 1; next < used - 1; next++) {
    let sum: u32 = 0;
    for (let side = 0; side < 2; side++) {
      if (leaf >= used || (root < next && get(TREE, root) < get(TREE, leaf))) {
        sum += get(TREE, root);
        set(TREE, root++, next);
      } else {
        sum += get(TREE, leaf++);
      }
    }
    set(TREE, next, sum);
  }
  set(TREE, used - 2, 0);
  for (let next = <i32> used - 3; next >= 0; next--) {
    set(TREE, next, get(TREE, get(TREE, next)) + 1);
  }
}

/** Counts the leaves at each depth; those that are too deep go up, others down to make room. */
function countLengths(used: u32, longest: u32): void {
  memory.fill(PER_LENGTH, 0, 64 * 4);
  let open: u32 = 1;
  let inner = <i32> used - 2;
  let total: u32 = 0;
  for (let depth: u32 = 0; open > 0; depth++) {
    let nodes: u32 = 0;
    while (inner >= 0 && get(TREE, inner) == depth) {
      nodes++;
      inner--;
    }
    const at = min(depth, longest);
    set(PER_LENGTH, at, get(PER_LENGTH, at) + open - nodes);
    total += (open - nodes) << (longest - at);
    open = nodes << 1;
  }
  for (; total > <u32> 1 << longest; total--) {
    let above = longest - 1;
    while (get(PER_LENGTH, above) == 0) above--;
    set(PER_LENGTH, above, get(PER_LENGTH, above) - 1);
    set(PER_LENGTH, above + 1, get(PER_LENGTH, above + 1) + 2);
    set(PER_LENGTH, longest, get(PER_LENGTH, longest) - 1);
  }
}

/** Writes the code of each symbol, u32: its bits, the first one lowest, above their number. */
export function makeCodes(lengths: u32, symbols: u32, codes: u32): void {
  memory.fill(PER_LENGTH, 0, 64);
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const length: u32 = load<u8>(lengths + symbol);
    set(PER_LENGTH, length, get(PER_LENGTH, length) + 1);
  }
  let code: u32 = 0;
  set(PER_LENGTH, 0, 0);
  for (let length: u32 = 1; length < 16; length++) {
    const n = get(PER_LENGTH, length);
    set(PER_LENGTH, length, code);
    code = (code + n) << 1;
  }
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const length: u32 = load<u8>(lengths + symbol);
    if (length == 0) continue;
    const bits = get(PER_LENGTH, length);
    set(PER_LENGTH, length, bits + 1);
    set(codes, symbol, reverse(bits, length) << 8 | length);
  }
}

/** Turns a code of up to 16 bits round. */
function reverse(code: u32, length: u32): u32 {
  code = (code & 0x5555) << 1 | (code >> 1 & 0x5555);
  code = (code & 0x3333) << 2 | (code >> 2 & 0x3333);
  code = (code & 0x0f0f) << 4 | (code >> 4 & 0x0f0f);
  return ((code << 8 | code >> 8) & 0xffff) >> (16 - length);
}
