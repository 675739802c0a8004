/** `/etc/nix/machines`: machines that build for others. */
import { usageError } from "../usage-error.ts";
import type { BuildMachine } from "./options.ts";

/**
 * Formats the file: a line a machine.
 * @throws NixociError `USAGE` for a machine without a system, and for a field with blanks in it.
 * @see https://nix.dev/manual/nix/latest/command-ref/conf-file#conf-builders
 */
export function formatMachines(machines: readonly BuildMachine[]): string {
  return machines.map((machine, i) => `${formatMachine(machine, `nix.buildMachines[${i}]`)}\n`)
    .join("");
}

function formatMachine(machine: BuildMachine, at: string): string {
  const { hostName, protocol, sshUser, sshKey, system, systems, publicHostKey } = machine;
  const all = [...systems ?? [], ...system ? [system] : []];
  if (all.length === 0) {
    throw usageError(`${at}: there is no system`, 'write "system": "x86_64-linux"');
  }
  const mandatory = machine.mandatoryFeatures ?? [];
  const fields = [
    [protocol ? `${protocol}://` : "", sshUser ? `${sshUser}@` : "", hostName].join(""),
    all.join(","),
    sshKey ?? "-",
    String(machine.maxJobs ?? 1),
    String(machine.speedFactor ?? 1),
    [...mandatory, ...machine.supportedFeatures ?? []].join(",") || "-",
    mandatory.join(",") || "-",
    ...publicHostKey ? [publicHostKey] : [],
  ];
  if (fields.some((field) => /\s/.test(field))) {
    throw usageError(`${at}: it has a blank in it`, "write each field without");
  }
  return fields.join(" ");
}
