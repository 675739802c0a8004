/** Which container engine: the option, and the flag that says it. */
import { given } from "../../src/base/given.ts";
import type { SideOptions } from "../../src/image/root.ts";
import { access } from "../lib/access.ts";

/** What `daemon:` and `podman:` read of the options of a side. */
export interface EngineSideOptions extends SideOptions {
  /** The engine's socket or address: `unix:///run/docker.sock`, `tcp://host:2375`. */
  readonly host?: string;
}

/** The flag. */
export const engineAccess = access({
  host: {
    summary: "Socket or address of the engine, such as unix:///run/docker.sock",
    takes: "text",
    value: "url",
    aliases: ["daemon-host"],
  },
}, (flags): EngineSideOptions => given({ host: flags.text("host") }));
