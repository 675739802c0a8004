/** `nixoci completion SHELL` */
import { option } from "@oclif/core/args";
import { defineVerb } from "../../kit/command.ts";

export default defineVerb({
  summary: "Print the completion script for a shell",
  examples: [
    'eval "$(nixoci completion bash)"',
    "nixoci completion zsh > ~/.zfunc/_nixoci",
    "nixoci completion fish > ~/.config/fish/completions/nixoci.fish",
  ],
  args: {
    shell: option({
      options: ["bash", "zsh", "fish"] as const,
      ignoreStdin: true,
      description: "The shell",
    })({ required: true }),
  },
  flags: {},

  async run({ shell }, _flags, io) {
    const { formatCompletion } = await import("./run.ts");
    const script = await formatCompletion(shell);
    io.print({ shell, script }, () => script.trimEnd().split("\n"));
  },
});
