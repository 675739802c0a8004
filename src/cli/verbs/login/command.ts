/** `nixoci login HOST` */
import { boolean, file, string } from "@oclif/core/flags";
import { defineRequiredArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";

export default defineVerb({
  summary: "Store credentials for a registry",
  description:
    "Proves the credentials at the registry, then keeps them where Docker, podman and skopeo look: " +
    "in the credential helper that their files name, or in the auth file.",
  examples: [
    "nixoci login quay.io",
    "echo $TOKEN | nixoci login ghcr.io -u me --password-stdin",
  ],
  args: { host: defineRequiredArg("The registry, as host[:port]") },
  flags: {
    username: string({ char: "u", summary: "User name; asked for when it is missing" }),
    password: string({
      char: "p",
      summary: "Password; others on this machine can see it, --password-stdin is safer",
      exclusive: ["password-stdin"],
    }),
    "password-stdin": boolean<boolean>({ summary: "Read the password from standard input" }),
    check: boolean<boolean>({
      summary: "Store nothing: prove at the registry what is stored already",
      exclusive: ["username", "password", "password-stdin"],
    }),
    authfile: file({
      summary: "Keep the credentials in this file",
      helpValue: "file",
      helpGroup: "ACCESS",
    }),
  },
  reaches: ["cert-dir", "tls-verify"],

  async run({ host }, flags, io) {
    const { proveLogin, runLogin } = await import("./run.ts");
    if (flags.check) {
      const user = await proveLogin(host, flags.authfile, io);
      return io.print(user, () => [`Logged in to ${user.host} as ${user.username ?? "a token"}`]);
    }
    const stored = await runLogin(host, flags, io);
    io.print(stored, () => [
      `Logged in to ${stored.host} as ${stored.username}; credentials kept in ${stored.storedIn}`,
    ]);
  },
});
