/** `nixoci login HOST` */
import { boolean, string } from "@oclif/core/flags";
import { NixociError } from "../../errors.ts";
import { Command } from "../command.ts";
import { referenceArg } from "../flags.ts";
import { ask, askSecret, secretFromStdin } from "../prompt.ts";
import { sideFlags, sideOptions } from "../sides.ts";

export default class Login extends Command {
  static override summary = "Store credentials for a registry";
  static override description =
    "Proves the credentials at the registry, then keeps them where Docker, podman and skopeo look: " +
    "in the credential helper that their files name, or in the auth file.";
  static override examples = [
    "nixoci login quay.io",
    "echo $TOKEN | nixoci login ghcr.io -u me --password-stdin",
  ];
  static override args = { host: referenceArg("The registry, as host[:port]") };
  static override flags = {
    username: string({ char: "u", summary: "User name; asked for when it is missing" }),
    password: string({
      char: "p",
      summary: "Password; others on this machine can see it, --password-stdin is safer",
      exclusive: ["password-stdin"],
    }),
    "password-stdin": boolean({ summary: "Read the password from standard input" }),
    authfile: sideFlags.authfile,
    "cert-dir": sideFlags["cert-dir"],
    "tls-verify": sideFlags["tls-verify"],
  };

  async run(): Promise<void> {
    const { args: { host }, flags } = await this.parse(Login);
    const { login } = await import("../../../transports/registry/mod.ts");
    const username = flags.username ?? await this.#ask("Username: ", "-u");
    const password = flags["password-stdin"]
      ? await secretFromStdin()
      : flags.password ?? await this.#ask("Password: ", "--password-stdin");
    if (flags.password !== undefined && !flags.quiet) {
      this.notice("a password on the command line can be seen by others; use --password-stdin");
    }
    const options = sideOptions(flags, this.sideContext(flags));
    const stored = await login(host, { username, password }, options);
    this.print(flags.json, stored, () => [
      `Logged in to ${stored.host} as ${stored.username}; credentials kept in ${stored.storedIn}`,
    ]);
  }

  async #ask(question: string, flag: string): Promise<string> {
    if (!process.stdin.isTTY) {
      throw new NixociError("USAGE", `Cannot ask for the ${question.slice(0, -2).toLowerCase()}`, {
        hint: `standard input is no terminal; give ${flag}`,
      });
    }
    const isSecret = question.startsWith("Password");
    return await (isSecret ? askSecret : ask)(question, this.signal);
  }
}
