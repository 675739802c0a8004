/** Proof that a base image works: programs of it run, without a network and without an engine. */
import { createScratch } from "../../image/disk/scratch.ts";
import { NixociError, reasonOf } from "../../base/errors.ts";
import { useResources } from "../../base/dispose.ts";
import type { Image } from "../../image/root.ts";
import { runOnImage } from "../../sandbox/mod.ts";

/** In bytes: of what the programs say, the end that a failure shows. */
const HELD = 4096;

/**
 * Proves that an image works: nixpkgs is found by its name and hash, certificates can be read, Nix builds.
 * @param trees the store paths of nixpkgs in it.
 * @throws NixociError `FAILED`, with the last line that a program said; what running commands throws.
 */
export async function proveImage(
  image: Image,
  trees: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  let said = Buffer.alloc(0);
  const step = runOnImage({ argv: [scriptOf(trees)], isShellLine: true }, {
    onOutput: (bytes) => {
      said = Buffer.concat([said, bytes]).subarray(-HELD);
    },
  });
  try {
    await useResources(async (hold) =>
      await step(image, { scratch: hold(createScratch()), ...(signal && { signal }) })
    );
  } catch (error) {
    signal?.throwIfAborted();
    const last = said.toString().trim().split("\n").at(-1);
    const why = last || reasonOf(error);
    throw new NixociError("FAILED", `the image does not pass its test: ${why}`, { cause: error });
  }
}

/** On a busy machine old releases of Nix kill builders that are about to end: it is tried again. */
function scriptOf(trees: readonly string[]): string {
  return `set -eu
    for tree in ${trees.join(" ")}; do
      nix-store --check-validity "$tree" || { echo "$tree is not valid"; exit 1; }
    done
    if [ -n "\${NIX_SSL_CERT_FILE-}" ]; then
      read -r line < "$NIX_SSL_CERT_FILE" || { echo "$NIX_SSL_CERT_FILE cannot be read"; exit 1; }
    fi
    for try in 1 2 3 4 5 6; do
      if nix-build --option substitute false --no-out-link -E 'derivation {
        name = "test"; system = builtins.currentSystem; builder = "/bin/sh";
        args = [ "-c" "echo works > $out" ];
      }'; then exit 0; fi
    done
    echo "nix-build does not build"
    exit 1`;
}
