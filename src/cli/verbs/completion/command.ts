/** `nixoci completion SHELL` */
import { string as stringArg } from "@oclif/core/args";
import { verb } from "../../kit/command.ts";

const SCRIPTS = {
  bash: async () => (await import("../../completion/bash.ts")).bashScript,
  zsh: async () => (await import("../../completion/zsh.ts")).zshScript,
  fish: async () => (await import("../../completion/fish.ts")).fishScript,
};

export default verb({
  summary: "Print the completion script for a shell",
  examples: [
    'eval "$(nixoci completion bash)"',
    "nixoci completion zsh > ~/.zfunc/_nixoci",
    "nixoci completion fish > ~/.config/fish/completions/nixoci.fish",
  ],
  args: {
    shell: stringArg({
      required: true,
      ignoreStdin: true,
      options: Object.keys(SCRIPTS),
      description: "The shell",
    }),
  },

  async run({ shell }, _flags, io) {
    const { commandWords } = await import("../../completion/words.ts");
    const scriptFor = await SCRIPTS[shell as keyof typeof SCRIPTS]();
    const script = scriptFor(await commandWords());
    io.print({ shell, script }, () => script.trimEnd().split("\n"));
  },
});
