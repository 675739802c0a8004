/** `nixoci shell --direnv`: a file by which direnv brings the environment into a person's shell. */
import { join, resolve } from "node:path";
import { writeAtomicFile } from "../../../bytes/disk/atomic.ts";
import { readSmallFileIfThere } from "../../../bytes/disk/small-file.ts";
import { ENVRC_FILE, formatEnvrc } from "../../../shell/workspace/envrc.ts";
import type { GivenFlag } from "../../kit/command.ts";
import { chooseWord, formatWordIn, isExpression } from "./derivation.ts";
import { isFlake } from "./flake.ts";

/** The folder in which direnv's helpers keep what can be made again. */
const GC_ROOTS = ".direnv/nixoci";

/** Flags that say which environment it is. */
const ENVIRONMENT_FLAGS = new Set(["attr", "package", "shell"]);
const PATH_FLAGS = new Set(["store", "closure"]);

/** Writes the file where it is not as it should be. */
export async function makeEnvrc(
  drv: string | undefined,
  folder: string,
  given: readonly GivenFlag[],
): Promise<void> {
  const word = chooseWord(drv);
  const isLasting = isExpression(word);
  const place = formatWordIn(word, folder);
  const flags = given.flatMap(({ flag, input }) => {
    if (PATH_FLAGS.has(flag)) return [`--${flag}`, resolve(input)];
    return ENVIRONMENT_FLAGS.has(flag) ? [`--${flag}`, input] : [];
  });
  const path = join(folder, ENVRC_FILE);
  const before = (await readSmallFileIfThere(path))?.toString("utf8");
  const text = formatEnvrc({
    command: [
      ...["nixoci", "shell", place, "--print-env", "--quiet"],
      ...isLasting ? ["--gc-roots", GC_ROOTS] : [],
      ...flags,
    ],
    watched: listWatched(word, place),
    remarks: isLasting ? [] : ["Nix may collect what this needs: a file of expressions has roots."],
  }, before);
  if (text !== before) await writeAtomicFile(path, text, { follow: true });
}

/** Lists the files whose change asks for another environment; of a flake elsewhere there are none. */
function listWatched(word: string, place: string): string[] {
  if (!isExpression(word)) return [];
  if (!isFlake(word)) return [place];
  const folder = place.slice(0, place.indexOf("#"));
  return /^[./]/.test(folder) ? ["flake.nix", "flake.lock"].map((file) => join(folder, file)) : [];
}
