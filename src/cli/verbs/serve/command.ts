/** `nixoci serve [SOURCE…]` */
import { defineOptionalWordsArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { serveFlags } from "./flags.ts";

export default defineVerb({
  summary: "Serve images as a registry: layouts, archives, plans and SPECs",
  description:
    "SOURCE is [NAME=]scheme:location, or a SPEC (a .json file) that is built when somebody asks " +
    "for it; the name is the location's own by default. With --cache, registry:HOST/ is all of a " +
    "registry. Read-only unless --write is given, and " +
    "reached from this machine only unless --listen says otherwise. Other tools may read and write " +
    "the layouts meanwhile. Stops when it is interrupted, after what is under way. /healthz and " +
    "/metrics are beside the registry.",
  examples: [
    "nixoci serve oci-dir:images",
    "nixoci serve --write --layouts ./registry",
    "nixoci serve app=spec.json --listen 5001",
    "nixoci serve --cache ./cache registry:docker.io/",
    "nixoci serve --layouts ./registry --nix-cache --nix-key cache.sec",
    "nixoci serve --layouts ./registry --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem " +
    "--htpasswd users --write --writer ci",
  ],
  args: {
    source: defineOptionalWordsArg(
      "What to serve, each as a repository of its own: [NAME=]SOURCE",
      "reference",
    ),
  },
  flags: serveFlags,
  reaches: "one place",
  takesImages: true,

  doing: () => "serve",
  async run({ source }, flags, io) {
    const { serveUntilStopped } = await import("./run.ts");
    await serveUntilStopped(source ?? [], flags, io);
  },
});
