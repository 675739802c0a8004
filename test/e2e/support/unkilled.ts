/**
 * Does again what Nix 2.8 has broken off: where the machine is busy, it kills builders that have closed
 * their output and are about to end.
 * @see https://github.com/NixOS/nix/issues/2176
 */
export async function unkilled<Result extends { readonly stderr: string }>(
  build: () => Promise<Result>,
): Promise<Result> {
  for (let left = 12;; left--) {
    const result = await build();
    if (left === 0 || !result.stderr.includes("failed due to signal 9")) return result;
  }
}
