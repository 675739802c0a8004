/** Proof that a base image works: programs of it run, without a network and without an engine. */
import { stripVTControlCharacters } from "node:util";
import { createScratch } from "../../image/disk/scratch.ts";
import { redactReply } from "../../base/text.ts";
import { codeOf, NixociError, reasonOf, wrapError } from "../../base/errors.ts";
import { useResources } from "../../base/dispose.ts";
import type { Image } from "../../image/root.ts";
import { runOnImage } from "../../sandbox/mod.ts";

/** In bytes: of what the programs say, the end that a failure shows. */
const HELD = 4096;

/** The last word of a test that had to leave out the build. */
const UNTRIED = "nixoci-untried";

/**
 * Proves that an image works: nixpkgs is found by its name and hash, certificates can be read, Nix builds.
 * @param trees the store paths of nixpkgs in it.
 * @returns what could not be tried here, and why; `undefined` where all was.
 * @throws NixociError `FAILED`, with the last line that a program said; `REFUSED` where this machine runs
 * no image, whatever is in it; what running commands throws.
 */
export async function proveImage(
  image: Image,
  trees: readonly string[],
  signal?: AbortSignal,
): Promise<string | undefined> {
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
    if (codeOf(error) !== "FAILED") throw placeError(error);
    const why = explainEnd(said.toString()) || reasonOf(error);
    throw new NixociError("FAILED", `the image does not pass its test: ${why}`, { cause: error });
  }
  return listLines(said.toString()).at(-1) === UNTRIED
    ? "nix-build: Nix gives builds a terminal, and by chroot there is none; where namespaces can be made, it is tried"
    : undefined;
}

/** Returns the error for a machine on which the image could not be run: that says nothing of the image. */
function placeError(error: unknown): NixociError {
  const outer = wrapError(error, "Cannot test the image");
  if (outer.code !== "UNSUPPORTED") return outer;
  return new NixociError("REFUSED", outer.message, { cause: error, hint: outer.hint });
}

/** The beginning of a line of Nix that says what is wrong; what it was doing then stands above it. */
const ERROR = /^\s*error: /;

function listLines(said: string): string[] {
  return said.trim().split("\n");
}

/** Returns the last line, which is the test's own, and with it the last error of Nix. */
function explainEnd(said: string): string {
  const lines = listLines(stripVTControlCharacters(said));
  const [own = ""] = lines.splice(-1);
  const error = lines.findLast((line) => ERROR.test(line));
  return redactReply(error === undefined ? own : `${own}: ${error.replace(ERROR, "")}`);
}

/**
 * On a busy machine old releases of Nix kill builders that are about to end: it is tried again. Where the
 * image runs by chroot, all but the build is tried, and what the build would run.
 */
function scriptOf(trees: readonly string[]): string {
  return `set -eu
    for tree in ${trees.join(" ")}; do
      nix-store --check-validity "$tree" || { echo "$tree is not valid"; exit 1; }
    done
    if [ -n "\${NIX_SSL_CERT_FILE-}" ]; then
      read -r line < "$NIX_SSL_CERT_FILE" || { echo "$NIX_SSL_CERT_FILE cannot be read"; exit 1; }
    fi
    test='derivation {
      name = "test"; system = builtins.currentSystem; builder = "/bin/sh";
      args = [ "-c" "echo works > $out" ];
    }'
    if [ ! -e /dev/ptmx ]; then
      nix-instantiate -E "$test" || { echo "nix-instantiate makes no derivation"; exit 1; }
      out=/dev/null /bin/sh -c 'echo works > $out' || { echo "/bin/sh does not run"; exit 1; }
      echo ${UNTRIED}
      exit 0
    fi
    for try in 1 2 3 4 5 6; do
      if nix-build --option substitute false --no-out-link -E "$test"; then exit 0; fi
    done
    echo "nix-build does not build"
    exit 1`;
}
