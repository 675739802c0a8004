/** Reads a service of a SPEC. */
import { constants } from "node:os";
import type { Notice } from "../../../base/notices.ts";
import { NixociError } from "../../../base/errors.ts";
import { omitMissing } from "../../../base/omit-missing.ts";
import { LIMIT_LETTERS } from "../../../services/init/definition/limits.ts";
import type {
  Command,
  Readiness,
  ResourceLimit,
  Service,
  ServiceFolder,
} from "../../../services/service.ts";
import { makeServiceCommand, parseServiceWords } from "../../../services/words.ts";
import { FOLDER_FIELDS, type ServiceSpec } from "./fields.ts";
import { keysOf } from "../../../base/keys-of.ts";

/** Names that s6 and the init's scripts can take. */
const NAME = /^[A-Za-z0-9_@][A-Za-z0-9_.@:-]{0,99}$/;

/**
 * Reads a service.
 * @param onNotice is told of words that only a shell understands.
 * @throws NixociError `USAGE`, with the field.
 */
export function readService(
  name: string,
  spec: ServiceSpec,
  onNotice: (notice: Notice) => void,
): Service {
  const origin = `services.${name}`;
  if (!NAME.test(name)) {
    throw new NixociError(
      "USAGE",
      `${origin}: ${JSON.stringify(name)} cannot be a service's name`,
      {
        hint: "take letters, digits, and . _ - @ : after the first of them",
      },
    );
  }
  const command = (field: "execStart" | "execLogger") =>
    readCommand(spec[field], `${origin}.${field}`, onNotice);
  const start = command("execStart");
  if ((start === undefined) === !spec.script) {
    throw new NixociError("USAGE", `${origin}: it needs either execStart or script`, {
      hint: "execStart for a program with arguments, script for a text that a shell reads",
    });
  }
  const type = spec.type ?? "long-run";
  const logger = command("execLogger");
  const readiness = readReadiness(spec, origin);
  checkSurroundings(spec, origin);
  return {
    name,
    origin,
    type,
    start: start === undefined ? [] : [start],
    restart: {
      kind: spec.restartOnFailure ? "on-failure" : "no",
      delay: 1000,
      strictSignals: true,
    },
    ...omitMissing({
      script: spec.script,
      user: spec.user,
      group: spec.group,
      extraGroups: spec.extraGroups,
      environment: spec.environment,
      nice: spec.nice,
    }),
    ...(spec.workingDirectory && { workingDirectory: { path: spec.workingDirectory } }),
    ...(spec.path && { path: [spec.path].flat() }),
    after: [spec.after ?? []].flat(),
    requires: [spec.requires ?? []].flat(),
    ...(logger && { logger }),
    ...(spec.logPrefix && { prefix: true }),
    ...(readiness && { readiness }),
    ...(spec.stopSignal && { stopSignal: readSignal(spec.stopSignal, `${origin}.stopSignal`) }),
    ...(spec.stopTimeout != null && { stopTimeout: Math.round(spec.stopTimeout * 1000) }),
    ...(spec.umask && { umask: Number.parseInt(spec.umask, 8) }),
    ...(spec.limits && { limits: readLimits(spec.limits, `${origin}.limits`) }),
    folders: readFolders(spec, origin),
  };
}

/** Proves that the names of variables can be names, and that folders are places in the image. */
function checkSurroundings(
  { environment, workingDirectory, path }: ServiceSpec,
  origin: string,
): void {
  const name = Object.keys(environment ?? {}).find((one) => !/^[^=\0]+$/.test(one));
  if (name !== undefined) {
    const message = `${origin}.environment: ${JSON.stringify(name)} cannot be a variable's name`;
    throw new NixociError("USAGE", message, { hint: "take a name without = and NUL" });
  }
  const places = [
    ["workingDirectory", workingDirectory ?? []],
    ["path", path ?? []],
  ] as const;
  for (const [field, given] of places) {
    const wrong = [given].flat().find((one) => !one.startsWith("/"));
    if (wrong === undefined) continue;
    const message = `${origin}.${field}: ${JSON.stringify(wrong)} is not an absolute path`;
    throw new NixociError("USAGE", message, { hint: "begin it with /, as it is in the image" });
  }
}

function readCommand(
  asked: string | readonly string[] | null | undefined,
  at: string,
  onNotice: (notice: Notice) => void,
): Command | undefined {
  if (asked === null || asked === undefined) return undefined;
  if (typeof asked !== "string") {
    if (asked[0]) return makeServiceCommand(asked);
    throw new NixociError("USAGE", `${at}: there is no program in it`, {
      hint: "begin the list with the name or path of one",
    });
  }
  const { words, shellWords } = parseServiceWords(asked, at);
  if (shellWords.length > 0) {
    const message = `${at}: ${shellWords.join(" ")} is an argument here, for no shell reads it; ` +
      "script is what a shell reads";
    onNotice({ code: "SERVICE", message });
  }
  return makeServiceCommand(words);
}

function readReadiness(spec: ServiceSpec, origin: string): Readiness | undefined {
  const { readiness: text, readinessTimeout: seconds, type } = spec;
  if (!text) return undefined;
  const at = `${origin}.readiness`;
  if (type !== undefined && type !== null && type !== "long-run") {
    throw new NixociError("USAGE", `${at}: a ${type} is ready when it has ended`, {
      hint: "leave it out",
    });
  }
  const limit = seconds == null ? {} : { limit: Math.round(seconds * 1000) };
  const [, kind = "", rest = ""] = /^(\w+)\s*([^]*)$/.exec(text.trim()) ?? [];
  const number = /^\d{1,5}$/.test(rest) ? Number(rest) : 0;
  if (kind === "fd" && number > 2) return { kind, fd: number, ...limit };
  if (kind === "tcp" && number > 0 && number < 65_536) {
    return { kind, host: "localhost", port: number, ...limit };
  }
  if (kind === "file" && rest.startsWith("/")) return { kind, path: rest, ...limit };
  if (kind === "notify" && rest === "") return { kind, from: "all", ...limit };
  if (kind === "command" && rest !== "") {
    return { kind, command: makeServiceCommand(parseServiceWords(rest, at).words), ...limit };
  }
  throw new NixociError("USAGE", `${at}: ${JSON.stringify(text)} says no way to be ready`, {
    hint: "write fd N (3 or more), tcp PORT (1 to 65535), file /PATH, command WORDS, or notify",
  });
}

function readSignal(text: string, at: string): string {
  const name = `SIG${text.toUpperCase().replace(/^SIG/, "")}`;
  if (Object.hasOwn(constants.signals, name)) return name;
  const number = Object.entries(constants.signals).find(([, value]) => String(value) === text);
  if (number !== undefined) return number[0];
  throw new NixociError("USAGE", `${at}: there is no signal ${JSON.stringify(text)}`, {
    hint: "write a name, as SIGTERM, SIGINT or SIGQUIT",
  });
}

function readLimits(
  limits: NonNullable<ServiceSpec["limits"]>,
  at: string,
): Record<string, ResourceLimit> {
  return Object.fromEntries(
    Object.entries(limits).map(([name, limit]) => {
      if (!Object.hasOwn(LIMIT_LETTERS, name)) {
        throw new NixociError("USAGE", `${at}.${name}: there is no such limit`, {
          hint: `the limits are ${Object.keys(LIMIT_LETTERS).join(", ")}`,
        });
      }
      if (typeof limit !== "object") return [name, { soft: limit, hard: limit }];
      const { soft, hard } = limit;
      return [name, { soft: soft ?? hard ?? "infinity", hard: hard ?? "infinity" }];
    }),
  );
}

function readFolders(spec: ServiceSpec, origin: string): ServiceFolder[] {
  return keysOf(FOLDER_FIELDS).flatMap((field) => {
    const { kind, below } = FOLDER_FIELDS[field];
    return [spec[field] ?? []].flat().map((name) => {
      if (!/^(?!\.\.?(\/|$))[^/\0\s]+(?:\/(?!\.\.?(\/|$))[^/\0\s]+)*$/.test(name)) {
        throw new NixociError(
          "USAGE",
          `${origin}.${field}: ${JSON.stringify(name)} cannot be a folder's name`,
          {
            hint: `write a name below ${below}, as app or app/data`,
          },
        );
      }
      const transient = kind === "runtime";
      return { kind, path: `${below}/${name}`, mode: 0o755, ...(transient && { transient }) };
    });
  });
}
