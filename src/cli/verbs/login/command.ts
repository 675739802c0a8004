/** `nixoci login HOST` */
import { boolean, string } from "@oclif/core/flags";
import { verb } from "../../kit/command.ts";
import { requiredArg } from "../../kit/flags.ts";
import { ask, secretFromStdin } from "./prompt.ts";
import { sideFlags, sideOptions } from "../../kit/sides.ts";

export default verb({
  summary: "Store credentials for a registry",
  description:
    "Proves the credentials at the registry, then keeps them where Docker, podman and skopeo look: " +
    "in the credential helper that their files name, or in the auth file.",
  examples: [
    "nixoci login quay.io",
    "echo $TOKEN | nixoci login ghcr.io -u me --password-stdin",
  ],
  args: { host: requiredArg("The registry, as host[:port]") },
  flags: {
    username: string({ char: "u", summary: "User name; asked for when it is missing" }),
    password: string({
      char: "p",
      summary: "Password; others on this machine can see it, --password-stdin is safer",
      exclusive: ["password-stdin"],
    }),
    "password-stdin": boolean<boolean>({ summary: "Read the password from standard input" }),
    authfile: { ...sideFlags.authfile, summary: "Keep the credentials in this file" },
    "cert-dir": sideFlags["cert-dir"],
    "tls-verify": sideFlags["tls-verify"],
  },

  async run({ host }, flags, io) {
    const { login } = await import("../../../../transports/registry/mod.ts");
    const username = flags.username ?? await ask("username", "-u", io.signal);
    const password = flags["password-stdin"]
      ? await secretFromStdin()
      : flags.password ?? await ask("password", "--password-stdin", io.signal);
    if (flags.password !== undefined) {
      io.notice("a password on the command line can be seen by others; use --password-stdin");
    }
    const stored = await login(host, { username, password }, sideOptions(flags, io));
    io.print(stored, () => [
      `Logged in to ${stored.host} as ${stored.username}; credentials kept in ${stored.storedIn}`,
    ]);
  },
});
