/** The texts that services run as programs. */
import type { MadeEntry } from "../../recipe/mod.ts";
import type { Service } from "../service.ts";
import type { InitTools } from "./tools.ts";

/** Returns the place of a service's script in the tree of the init. */
export function scriptPathOf({ name }: Service, folder: string): string {
  return `${folder}/scripts/${name}`;
}

/** Makes the file of a service's script; a first line of its own says who reads it. */
export function makeScript(service: Service, folder: string, tools: InitTools): MadeEntry[] {
  const { script } = service;
  if (script === undefined) return [];
  const text = script.startsWith("#!") ? script : `#!${tools.scriptShell} -e\n${script}`;
  const content = text.endsWith("\n") ? text : `${text}\n`;
  return [{ type: "file", path: scriptPathOf(service, folder), mode: 0o755, content }];
}
