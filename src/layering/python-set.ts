/**
 * The order in which Python goes through a set of sets of texts. nixpkgs' auto-layer.py keeps its
 * layers in one, and layers of equal size stay in that order; nixpkgs fixes the seed of Python's
 * hashes to 0, so that it is always the same.
 * @see https://github.com/python/cpython/blob/3.13/Objects/setobject.c
 * @see https://github.com/NixOS/nixpkgs/blob/master/pkgs/development/interpreters/python/setup-hook.sh
 */

const toWord = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotateWord = (value: bigint, by: bigint): bigint =>
  toWord(value << by) | (value >> (64n - by));

/** Returns Python's hash of a text of ASCII: SipHash-1-3 with a key of zeros. */
export function hashText(text: string): bigint {
  const bytes = Buffer.from(text, "latin1");
  let [v0, v1, v2, v3] = [
    0x736f6d6570736575n,
    0x646f72616e646f6dn,
    0x6c7967656e657261n,
    0x7465646279746573n,
  ];
  const round = () => {
    v0 = toWord(v0 + v1);
    v2 = toWord(v2 + v3);
    v1 = rotateWord(v1, 13n) ^ v0;
    v3 = rotateWord(v3, 16n) ^ v2;
    v0 = rotateWord(v0, 32n);
    v2 = toWord(v2 + v1);
    v0 = toWord(v0 + v3);
    v1 = rotateWord(v1, 17n) ^ v2;
    v3 = rotateWord(v3, 21n) ^ v0;
    v2 = rotateWord(v2, 32n);
  };
  const padded = Buffer.alloc(bytes.length - bytes.length % 8 + 8);
  bytes.copy(padded);
  padded[padded.length - 1] = bytes.length & 0xff;
  for (let at = 0; at < padded.length; at += 8) {
    const part = padded.readBigUInt64LE(at);
    v3 ^= part;
    round();
    v0 ^= part;
  }
  v2 ^= 0xffn;
  for (let i = 0; i < 3; i++) round();
  return avoidError(v0 ^ v1 ^ v2 ^ v3, -2n);
}

/** Returns Python's hash of a frozen set, from the hashes of what is in it. */
export function hashSet(hashes: readonly bigint[]): bigint {
  let hash = 0n;
  for (const each of hashes) hash ^= toWord((each ^ 89869747n ^ toWord(each << 16n)) * 3644798167n);
  hash ^= toWord(BigInt(hashes.length + 1) * 1927868237n);
  hash ^= (hash >> 11n) ^ (hash >> 25n);
  return avoidError(toWord(hash * 69069n + 907133923n), 590923713n);
}

/** -1 means an error to Python. */
function avoidError(hash: bigint, instead: bigint): bigint {
  return hash === toWord(-1n) ? toWord(instead) : hash;
}

const LEAST = 8;
const LINEAR_PROBES = 9;

/**
 * Orders things as a set of them is gone through.
 * @param hashes of the things, which all differ, in the order in which they come into the set.
 * @returns their places in that list.
 */
export function orderAsPythonSet(hashes: readonly bigint[]): number[] {
  let table: (number | undefined)[] = new Array(LEAST).fill(undefined);
  hashes.forEach((_, thing) => {
    putInto(table, thing, hashes);
    if ((thing + 1) * 5 < (table.length - 1) * 3) return;
    let size = LEAST;
    while (size <= (thing + 1) * 4) size *= 2;
    const things = table.filter((one) => one !== undefined);
    table = new Array(size).fill(undefined);
    for (const one of things) putInto(table, one, hashes);
  });
  return table.filter((one) => one !== undefined);
}

/** Puts a thing into the first free place that its hash leads to. */
function putInto(table: (number | undefined)[], thing: number, hashes: readonly bigint[]): void {
  const mask = BigInt(table.length - 1);
  let perturb = hashes[thing]!;
  for (let at = perturb & mask;; at = toWord(at * 5n + 1n + (perturb >>= 5n)) & mask) {
    const begin = Number(at);
    const probes = begin + LINEAR_PROBES < table.length ? LINEAR_PROBES : 0;
    for (let place = begin; place <= begin + probes; place++) {
      if (table[place] !== undefined) continue;
      table[place] = thing;
      return;
    }
  }
}
