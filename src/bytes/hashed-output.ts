/** The hash of what is written, while it is written. */
import { type Digest, hasher } from "./digest.ts";
import type { Output } from "./output.ts";

/** An output that knows what all that was written so far hashes to. */
export interface HashedOutput extends Output {
  digest(): Digest;
}

/**
 * An output that hashes what it passes on. It cannot be patched: bytes that are hashed stay. Marks
 * are given where the output below gives them, or where there is none.
 * @param below where the bytes go; nowhere when it is left out.
 * @param check is asked before the output below commits, and throws what keeps it from that.
 */
export function hashedOutput(
  below?: Output,
  algorithm: "sha256" | "sha512" = "sha256",
  check: (digest: Digest) => void = () => {},
): HashedOutput {
  let hash = hasher(algorithm);
  const digest = (): Digest => hash.copy().digest();
  return {
    digest,
    write(bytes) {
      hash.update(bytes);
      return below?.write(bytes) ?? Promise.resolve();
    },
    ...((below === undefined || below.mark) && {
      mark() {
        const then = hash.copy();
        const back = below?.mark?.();
        return () => {
          hash = then.copy();
          back?.();
        };
      },
    }),
    async commit() {
      check(digest());
      await below?.commit();
    },
    [Symbol.asyncDispose]: async () => await below?.[Symbol.asyncDispose](),
  };
}
