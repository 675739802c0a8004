/** Tells where each variable and setting of a config comes from, where that can be known. */
import { completeHistory } from "../image/config/history.ts";
import { readRunConfig } from "../image/config/run-config.ts";
import type { ConfigJson } from "../image/documents/schemas.ts";

/** A setting of the config, and where it comes from. */
export interface ConfigOrigin {
  /** `Env.PATH`, `Entrypoint`, `Labels.maintainer`. */
  readonly field: string;
  readonly value: string;
  /**
   * `base`: the base image has it so; `changed`: the base has another value; `own`: the base has
   * none; `history`: a step of the history sets it; `unknown`: nothing says.
   */
  readonly from: "base" | "changed" | "own" | "history" | "unknown";
  /** The base's value, where it has another. */
  readonly before?: string;
  /** The step of the history that sets it, 1 the first, and what it says. */
  readonly step?: number;
  readonly createdBy?: string;
}

/**
 * Tells where the settings of a config come from: of a base that is known by comparison, else by the
 * history, where Dockerfiles leave their instructions.
 * @param base the config of the base image, if that is known.
 */
export function originsOf(config: ConfigJson, base?: ConfigJson): ConfigOrigin[] {
  const below = base && new Map(listSettings(base));
  const steps = completeHistory(config, 0).map(({ created_by = "" }) => created_by);
  return listSettings(config).map(([field, value]) => {
    const step = steps.findLastIndex((words) => isSetBy(words, field));
    const by = step === -1 ? {} : { step: step + 1, createdBy: steps[step]! };
    if (below === undefined) {
      return { field, value, from: step === -1 ? "unknown" : "history", ...by };
    }
    const before = below.get(field);
    if (before === value) return { field, value, from: "base", ...by };
    if (before === undefined) return { field, value, from: "own", ...by };
    return { field, value, from: "changed", before, ...by };
  });
}

/** Lists the settings in the order of the config; of variables and maps each by itself. */
function listSettings({ config }: ConfigJson): [field: string, value: string][] {
  const settings: [string, string][] = [];
  for (const [name, value] of Object.entries(readRunConfig(config ?? {}))) {
    if (name === "Env") {
      for (const one of value as readonly string[]) {
        const [variable = ""] = one.split("=", 1);
        settings.push([`Env.${variable}`, one.slice(variable.length + 1)]);
      }
    } else if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      const isHealthcheck = name === "Healthcheck";
      if (isHealthcheck) settings.push([name, JSON.stringify(value)]);
      else {
        for (const [key, inner] of Object.entries(value)) {
          settings.push([`${name}.${key}`, typeof inner === "string" ? inner : ""]);
        }
      }
    } else settings.push([name, typeof value === "string" ? value : JSON.stringify(value)]);
  }
  return settings;
}

/** The instruction of a Dockerfile that sets a field. */
const INSTRUCTIONS: Readonly<Record<string, string>> = {
  Env: "ENV",
  Entrypoint: "ENTRYPOINT",
  Cmd: "CMD",
  User: "USER",
  WorkingDir: "WORKDIR",
  Labels: "LABEL",
  ExposedPorts: "EXPOSE",
  Volumes: "VOLUME",
  StopSignal: "STOPSIGNAL",
  Healthcheck: "HEALTHCHECK",
};

// BuildKit writes the instruction, the old builder a shell that does nothing before it.
const INSTRUCTION = /^(?:\/bin\/sh -c #\(nop\)\s+)?([A-Z]+)\s+(.*)$/s;

function isSetBy(words: string, field: string): boolean {
  const [name = "", ...rest] = field.split(".");
  const [, instruction, text = ""] = INSTRUCTION.exec(words) ?? [];
  if (instruction === undefined || instruction !== INSTRUCTIONS[name]) return false;
  const key = rest.join(".");
  if (name !== "Env" && name !== "Labels") return key === "" || text.includes(key.split("/")[0]!);
  return ` ${text}`.includes(` ${key}=`);
}
