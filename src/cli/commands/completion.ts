/** `nixoci completion SHELL` */
import { string as stringArg } from "@oclif/core/args";
import { Command } from "../command.ts";

const SCRIPTS = {
  bash: async () => (await import("../completion/bash.ts")).bashScript,
  zsh: async () => (await import("../completion/zsh.ts")).zshScript,
  fish: async () => (await import("../completion/fish.ts")).fishScript,
};

export default class Completion extends Command {
  static override summary = "Print the completion script for a shell";
  static override examples = [
    'eval "$(nixoci completion bash)"',
    "nixoci completion zsh > ~/.zfunc/_nixoci",
    "nixoci completion fish > ~/.config/fish/completions/nixoci.fish",
  ];
  static override args = {
    shell: stringArg({
      required: true,
      ignoreStdin: true,
      options: Object.keys(SCRIPTS),
      description: "The shell",
    }),
  };

  async run(): Promise<void> {
    const { args: { shell }, flags } = await this.parse(Completion);
    const { commandWords } = await import("../completion/words.ts");
    const { name, version } = this.config;
    const commands = await commandWords({ name, version, description: "" });
    const script = (await SCRIPTS[shell as keyof typeof SCRIPTS]())(commands);
    this.print(flags.json, { shell, script }, () => script.trimEnd().split("\n"));
  }
}
