/**
 * Deflates pieces of up to 1 MiB, into blocks that end on a whole byte, so that pieces can stand one
 * after another. The caller puts a piece at `INPUT`, and before it, ending there, what came before it
 * (32 KiB at most, which is all that deflate looks back); what comes out is at `OUTPUT`.
 */
import { beginOutput, outputEnd, prepareBlocks, writeBlock, writeEmpty } from "./block";
import { BLOCK, COUNTS, INPUT, OUTPUT, STRETCH, TOKENS, TOKENS_SIZE } from "./layout";
import { FORGOTTEN, FORGOTTEN_QUICKLY, TABLES } from "./layout";
import { parse } from "./parse";
import { insertQuickly, parseQuickly } from "./quick";
import { insert } from "./search";
import { cost, join, prepareLogs } from "./split";
import { setTokens, tokens } from "./tokens";

export { INPUT, OUTPUT };

/** How many bytes are parsed before it is decided whether they begin a block. */
const STRETCH_SIZE: u32 = 0x4000;
/** The most bytes of a block, before its last stretch. */
const BLOCK_SIZE: u32 = 0x40000;
/**
 * So many bytes of tokens make a block full. Two stretches are parsed before that is seen, with a token
 * for every three bytes at most, of eight bytes.
 */
const BLOCK_TOKENS: u32 = TOKENS_SIZE - 2 * 3 * STRETCH_SIZE;
/** What one more block costs for its head, in 1/256 bits: 90 bytes. */
const HEAD_COST: u64 = 90 * 8 * 256;

prepareLogs();
prepareBlocks();

/**
 * Deflates a piece of `size` bytes after a window, and returns where its output ends.
 * @param depth 0 has it parsed by quick.ts, to which `dense` goes in place of `short`.
 */
export function deflate(
  window: u32,
  size: u32,
  depth: u32,
  nice: u32,
  lazy: u32,
  skip: u32,
  short: bool,
  dense: u32,
): u32 {
  const start = INPUT - window;
  const limit = INPUT + size;
  memory.fill(limit, 0, 16);
  rememberWindow(start, depth);
  beginBlock();
  beginOutput(OUTPUT);
  let at = INPUT;
  let from = at;
  let before: u64 = 0;
  while (at < limit) {
    const stretch = at;
    const first = tokens;
    const stop = min(at + STRETCH_SIZE, limit);
    at = depth == 0
      ? parseQuickly(at, stop, start, limit, nice, lazy, skip, dense)
      : parse(at, stop, start, limit, depth, nice, lazy, skip, short);
    let both = cost(BLOCK, STRETCH);
    if (from != stretch) {
      const alone = cost(STRETCH, 0);
      const isFull = stretch - from > BLOCK_SIZE || first - TOKENS > BLOCK_TOKENS;
      if (isFull || both > before + alone + HEAD_COST) {
        const found = tokens - first;
        writeBlock(first, from, stretch);
        beginBlock();
        memory.copy(TOKENS, first, found);
        setTokens(TOKENS + found);
        from = stretch;
        both = alone;
      }
    }
    join();
    before = both;
  }
  if (from < limit) writeBlock(tokens, from, limit);
  writeEmpty(0);
  return outputEnd();
}

/** Forgets the piece before, and notes the window's positions. */
function rememberWindow(start: u32, depth: u32): void {
  if (depth == 0) {
    memory.fill(TABLES, 0, FORGOTTEN_QUICKLY);
    for (let at = start; at < INPUT; at++) insertQuickly(at);
  } else {
    memory.fill(TABLES, 0, FORGOTTEN);
    for (let at = start; at < INPUT; at++) insert(at);
  }
}

function beginBlock(): void {
  memory.fill(BLOCK, 0, COUNTS);
  setTokens(TOKENS);
}
