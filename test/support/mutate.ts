/** Makes bytes that nobody meant, the same for the same seed. */

export interface Mutator {
  /** Changes one of the inputs in some places: bytes, lengths, and parts of others. */
  mutate(inputs: readonly Uint8Array[]): Buffer;
  toss(): boolean;
}

const TELLING = [0, 1, 0x20, 0x22, 0x2f, 0x30, 0x37, 0x3a, 0x5c, 0x7f, 0x80, 0xff];

/** @see https://gist.github.com/tommyettinger/46a874533244883189143505d203312c mulberry32 */
export function createMutator(seed: number): Mutator {
  let state = seed >>> 0;
  const random = (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, below);
  };
  const pick = <T>(list: ArrayLike<T>): T => list[random(list.length)]!;
  const changeOnce = (bytes: Buffer, other: Uint8Array): Buffer => {
    const at = random(bytes.length);
    const length = 1 + random(8);
    switch (random(5)) {
      case 0:
        bytes[at] = random(256);
        return bytes;
      case 1:
        bytes[at] = pick(TELLING);
        return bytes;
      case 2:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
      case 3:
        return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
      default:
        return Buffer.concat([bytes.subarray(0, at), other.subarray(random(other.length))]);
    }
  };
  return {
    toss: () => random(2) === 0,
    mutate(inputs) {
      let bytes: Buffer = Buffer.from(pick(inputs));
      for (let left = 1 + random(4); left > 0; left--) bytes = changeOnce(bytes, pick(inputs));
      return bytes;
    },
  };
}

/** Gives each block of a tar that could be a header the right checksum. */
export function fixChecksums(tar: Buffer): void {
  for (let at = 0; at + 512 <= tar.length; at += 512) {
    const block = tar.subarray(at, at + 512);
    if (!block.subarray(257, 262).equals(Buffer.from("ustar"))) continue;
    block.fill(" ", 148, 156);
    const sum = block.reduce((all, byte) => all + byte, 0);
    block.write(sum.toString(8).padStart(6, "0") + "\0 ", 148, "latin1");
  }
}
