/** The work of `nixoci completion`. */
import { formatBashScript } from "../../completion/bash.ts";
import { formatFishScript } from "../../completion/fish.ts";
import { listCommandWords } from "../../completion/words.ts";
import { formatZshScript } from "../../completion/zsh.ts";

const SCRIPTS = { bash: formatBashScript, zsh: formatZshScript, fish: formatFishScript };

/** Writes the completion script for a shell. */
export async function formatCompletion(shell: keyof typeof SCRIPTS): Promise<string> {
  return SCRIPTS[shell](await listCommandWords());
}
