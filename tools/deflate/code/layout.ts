/** Where things are in the memory, in bytes. Nothing is allocated: there is one piece at a time. */

/** How often each symbol comes in the stretch at hand, u32: 288 literals and lengths, 32 distances. */
export const STRETCH: u32 = 0x400;
/** The same of the block so far, which the stretch may join. */
export const BLOCK: u32 = 0x900;
/** Where the distances begin in such a table. */
export const DISTANCES: u32 = 288 * 4;
/** The size of such a table. */
export const COUNTS: u32 = 320 * 4;
/** The codes of a block, u32: the bits above, the first one lowest; their number in the lowest byte. */
export const CODES: u32 = 0xe00;
/** The code of each length 3 to 258 with its extra bits, u32, in the same form. */
export const LENGTHS: u32 = 0x1300;
/** The symbol of each length, less 257, u8. */
export const LENGTH_SYMBOLS: u32 = 0x1780;
/** The lengths of a block's codes, u8: 288 of literals and lengths, 32 of distances. */
export const BITS: u32 = 0x1900;
/** The same of the fixed codes. */
export const FIXED: u32 = 0x1a80;
/** The codes that a block's head is written in: their lengths, u8; they, u32; how often they come, u32. */
export const HEAD_BITS: u32 = 0x1c00;
export const HEAD_CODES: u32 = 0x1c80;
export const HEAD_COUNTS: u32 = 0x1d00;
/** What a block's head says: a symbol and the value of its extra bits, u8 each. */
export const HEAD_ITEMS: u32 = 0x1d80;
/** Room to make a code: keys to sort, u32; weights, u32; how many codes have each length, u32. */
export const SORTED: u32 = 0x2000;
export const TREE: u32 = 0x2480;
export const PER_LENGTH: u32 = 0x2900;
/** log2 of 0 to 1023, in 1/256 bits, u16. */
export const LOGS: u32 = 0x3000;

// 0x4000 is where the compiler puts its own data: see build.ts.

/** What is remembered of earlier positions, all of which is forgotten between pieces. */
export const TABLES: u32 = 0x8000;

/** By search.ts: which position of a row is its newest, u8: 0 to 15. */
export const NEWEST: u32 = TABLES;
/** The lowest 16 bits of the last position of each hash of three bytes, u16. */
export const THREES: u32 = 0x9000;
export const THREES_BITS: u32 = 14;
/** The tags of the positions of each row, u8, sixteen a row. */
export const TAGS: u32 = 0x12000;
/** The lowest 16 bits of these positions, u16. */
export const PLACES: u32 = 0x22000;
/** How much there is to forget. */
export const FORGOTTEN: u32 = 0x42000 - TABLES;

/** By quick.ts: the lowest 16 bits of the last position of each hash of four bytes, u16. */
export const SHORT: u32 = TABLES;
export const SHORT_BITS: u32 = 15;
/** The same of the last two positions of each hash of seven bytes, the last one lowest, u16 each. */
export const LONG: u32 = 0x18000;
export const LONG_BITS: u32 = 14;
/** How much there is to forget. */
export const FORGOTTEN_QUICKLY: u32 = 0x28000 - TABLES;

/** What was found, u64: see tokens.ts. */
export const TOKENS: u32 = 0x44000;
export const TOKENS_SIZE: u32 = 0x74000;
/** The window, the piece, and room to read a few bytes too many. */
export const INPUT: u32 = 0xc0000;
/** What comes out: never more than 5 bytes for each 65,535 and 21 more than what went in. */
export const OUTPUT: u32 = 0x1c4000;
