/** The tokens that bytes are cut into, and how often their symbols come. */
import { DISTANCES, LENGTH_SYMBOLS, STRETCH } from "./layout";

/** A copy of earlier bytes: its length in the upper 16 bits, its distance less 1 in the lower ones; or 0. */
export type Match = u32;

/** The most bytes of a copy. */
export const LONGEST: u32 = 258;

/** The distance that deflate looks back. */
export const FARTHEST: u32 = 0x8000;

/** Where the next token goes. */
export let tokens: u32 = 0;

export function setTokens(at: u32): void {
  tokens = at;
}

// @ts-ignore: decorator
@inline
function count(symbol: u32): void {
  store<u32>(symbol, load<u32>(symbol, STRETCH) + 1, STRETCH);
}

// @ts-ignore: decorator
@inline
export function countLiteral(at: u32): void {
  count(<u32> load<u8>(at) << 2);
}

/** Returns the symbol of a distance less 1. */
// @ts-ignore: decorator
@inline
function slotOf(distance: u32): u32 {
  if (distance < 2) return distance;
  const top: u32 = 31 - clz(distance);
  return top + top + (distance >> (top - 1) & 1);
}

/** Puts a token: so many literals (20 bits), then a copy: length (9 bits), distance less 1 (from bit 32, 16 bits), its symbol (16 bits). */
// @ts-ignore: decorator
@inline
export function put(literals: u32, match: Match): void {
  const length = match >> 16;
  const distance = match & 0xffff;
  const slot = slotOf(distance);
  store<u64>(tokens, <u64> (literals | length << 20) | <u64> (distance | slot << 16) << 32);
  tokens += 8;
  count(<u32> load<u8>(length, LENGTH_SYMBOLS) + 257 << 2);
  count((slot << 2) + DISTANCES);
}

/** Puts literals that no copy follows, if there are any. */
export function putLiterals(literals: u32): void {
  if (literals == 0) return;
  store<u64>(tokens, literals);
  tokens += 8;
}
