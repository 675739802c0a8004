/** Hashes what is written, while it is written. */
import { createHasher, type Digest } from "./digest.ts";
import type { Output } from "./output.ts";

/** An output that knows the digest of everything written so far. */
export interface HashedOutput extends Output {
  digest(): Digest;
}

/**
 * Makes an output that hashes the bytes and passes them on. It cannot be patched: bytes that are
 * hashed stay. It has marks if the output below has them, or if there is none below.
 * @param below the output that gets the bytes; nothing gets them when it is left out.
 * @param check is called before the output below commits; it throws to prevent that.
 * @example
 * ```ts
 * import { createHashedOutput } from "nixoci";
 * const output = createHashedOutput();
 * await output.write(Buffer.from("hi"));
 * console.log(output.digest().slice(0, 15)); // sha256:8f434346
 * ```
 */
export function createHashedOutput(
  below?: Output,
  algorithm: "sha256" | "sha512" = "sha256",
  check: (digest: Digest) => void = () => {},
): HashedOutput {
  let hash = createHasher(algorithm);
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
