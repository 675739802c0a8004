/** The container engine to reach: the option, and the flag that says it. */
import { omitMissing } from "../../src/base/omit-missing.ts";
import type { SideOptions } from "../../src/image/transport.ts";
import { defineAccess } from "../lib/access.ts";

/** The options of a side that `daemon:` and `podman:` read. */
export interface EngineSideOptions extends SideOptions {
  /** The engine's socket or address: `unix:///run/docker.sock`, `tcp://host:2375`, `ssh://me@host`. */
  readonly host?: string;
}

/** The flag. */
export const engineAccess = defineAccess({
  host: {
    summary: "Address of the engine, such as unix:///run/docker.sock or ssh://me@host",
    takes: "text",
    value: "url",
    aliases: ["daemon-host"],
  },
}, ({ host }): EngineSideOptions => omitMissing({ host }));
