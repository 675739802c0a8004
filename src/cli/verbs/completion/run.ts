/** The work of `nixoci completion`. */
import { bashScript } from "../../completion/bash.ts";
import { fishScript } from "../../completion/fish.ts";
import { listCommandWords } from "../../completion/words.ts";
import { zshScript } from "../../completion/zsh.ts";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** Writes the completion script for a shell. */
export async function completionScript(shell: keyof typeof SCRIPTS): Promise<string> {
  return SCRIPTS[shell](await listCommandWords());
}
