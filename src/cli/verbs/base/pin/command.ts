/** `nixoci base pin DOCKERFILE` */
import { boolean, file, string } from "@oclif/core/flags";
import { defineRequiredArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";

export default defineVerb({
  summary: "Have a Dockerfile name the base image of the nixpkgs that is pinned",
  description:
    "Rewrites the commit in FROM IMAGE:COMMIT, of every stage that names the image, to that of " +
    "nix/sources.json (niv), npins/sources.json or flake.lock beside the Dockerfile. Says where an " +
    "expression will not find the nixpkgs of the image, and what helps.",
  examples: [
    "nixoci base pin Dockerfile",
    "nixoci base pin --check Dockerfile",
    "nixoci base pin --source flake.lock --input unstable --image registry.example/nixpkgs Dockerfile",
  ],
  args: { dockerfile: defineRequiredArg("The Dockerfile", "file") },
  flags: {
    check: boolean<boolean>({
      summary: "Write nothing; exit with 1 when a stage has another commit",
    }),
    source: file({ summary: "The file that says the commit", helpValue: "file" }),
    input: string({
      summary: "The name of nixpkgs in it: an input, pin or package; nixpkgs by default",
      helpValue: "name",
    }),
    image: string({
      summary: "The image that is meant, where stages have more than one with a commit",
      helpValue: "name",
    }),
  },
  doing: ({ dockerfile }) => `pin ${dockerfile}`,
  async run({ dockerfile }, { check, source, input, image }, io) {
    const { pinDockerfile } = await import("../../../../channels/pin/pin.ts");
    const pinned = await pinDockerfile(dockerfile, { check, source, input, image });
    const { behind, current, warnings } = pinned;
    const { file, commit } = pinned.source;
    for (const warning of warnings) io.notice(warning);
    const stage = ({ line, image, commit }: typeof behind[number]) => ({ line, image, commit });
    const result = { commit, source: file, behind: behind.map(stage), current: current.length };
    const verb = check ? "is behind" : "was";
    io.print(
      { ...result, warnings },
      () =>
        behind.map(({ line, image, commit: was }) =>
          `${dockerfile}:${line}: ${image}:${was.slice(0, 12)} ${verb}; ` +
          `${file} has ${commit.slice(0, 12)}`
        ),
    );
    if (behind.length === 0) io.notice(`${dockerfile} is in step with ${file}`);
    return check && behind.length > 0 ? 1 : 0;
  },
});
