/** Reads what flags say of an image's config. */
import { normalizeTime } from "../../../image/config/time.ts";
import { spellRunConfig } from "../../../image/config/run-config.ts";
import type { RunEdit } from "../../../image/config/edit-run-config.ts";
import { NixociError, reasonOf } from "../../../base/errors.ts";
import { completePort } from "../../../compose/features/config.ts";
import {
  checkFolder,
  checkSignal,
  checkUserName,
  checkVariable,
  parseWords,
} from "../../../compose/features/words.ts";
import { parseJson } from "../../../image/json.ts";
import { parsePlatform } from "../../../image/platform.ts";
import type { ConfigEdit } from "../../../steps/config.ts";
import { parseKeyed } from "../../kit/keyed.ts";

type Read = (text: string) => ConfigEdit;
const defineRunEdit = (read: (text: string) => RunEdit): Read => (text) => ({ run: read(text) });
const toValue = (text: string, check: (text: string) => string) => text === "" ? null : check(text);
const wordsOf = (text: string, flag: string) => text === "" ? null : parseWords(text, flag);

/** The flags of the config, and what each says. */
export const CONFIG_EDITS = {
  env: defineRunEdit((text) => ({ Env: parseVariable(text) })),
  label: defineRunEdit((text) => ({ Labels: parseKeyed(text, "label") })),
  port: defineRunEdit((text) => ({ ExposedPorts: parseName(text, completePort) })),
  volume: defineRunEdit((text) => ({
    Volumes: parseName(text, (folder) => folder, (folder) => checkFolder(folder, "volume")),
  })),
  cmd: defineRunEdit((text) => ({ Cmd: wordsOf(text, "cmd") })),
  entrypoint: defineRunEdit((text) => ({ Entrypoint: wordsOf(text, "entrypoint") })),
  user: defineRunEdit((text) => ({ User: toValue(text, checkUserName) })),
  workdir: defineRunEdit((text) => ({
    WorkingDir: toValue(text, (folder) => checkFolder(folder, "workdir")),
  })),
  "stop-signal": defineRunEdit((text) => ({ StopSignal: toValue(text, checkSignal) })),
  healthcheck: defineRunEdit((text) => ({ Healthcheck: parseHealthcheck(text) })),
  "platform-as": (text) => ({ platform: parsePlatform(text) }),
  created: (text) => ({ created: parseCreated(text) }),
  author: (author) => ({ author }),
  history: (text) => text === "none" ? { history: "none" } : {},
} satisfies Readonly<Record<string, Read>>;

/** Joins edits that follow one another; the later one counts. */
export function joinEdits(first: ConfigEdit, second: ConfigEdit): ConfigEdit {
  const [a, b] = [first.run ?? {}, second.run ?? {}];
  const keyed = (["Env", "Labels", "ExposedPorts", "Volumes"] as const)
    .flatMap((name) => a[name] && b[name] ? [[name, { ...a[name], ...b[name] }] as const] : []);
  const run = { ...a, ...b, ...Object.fromEntries(keyed) };
  return { ...first, ...second, ...(first.run ?? second.run) && { run } };
}

/** Parses a name, or one that goes: whatever is there can go. */
function parseName(text: string, complete: (name: string) => string, check = complete) {
  const goes = text.endsWith("-");
  return goes ? { [complete(text.slice(0, -1))]: null } : { [check(text)]: {} };
}

function parseVariable(text: string): Record<string, string | null> {
  const edit = parseKeyed(text, "env");
  for (const [name, value] of Object.entries(edit)) if (value !== null) checkVariable(name);
  return edit;
}

/** @see https://github.com/moby/docker-image-spec (Healthcheck) */
function parseHealthcheck(text: string): Record<string, unknown> | null {
  if (text === "") return null;
  if (text === "none") return { Test: ["NONE"] };
  if (!text.trimStart().startsWith("{")) return { Test: ["CMD-SHELL", text] };
  const json = parseCheck(text);
  const { Healthcheck: check } = spellRunConfig({ Healthcheck: json }, "--healthcheck");
  return check as Record<string, unknown>;
}

function parseCheck(text: string): unknown {
  try {
    return parseJson(Buffer.from(text), "--healthcheck");
  } catch (cause) {
    throw new NixociError("USAGE", reasonOf(cause), {
      cause,
      hint: 'write {"Test": ["CMD", "/bin/check"]}, or a command for the shell',
    });
  }
}

function parseCreated(text: string): string {
  const [, seconds] = /^@(\d{1,11})$/.exec(text) ?? [];
  const time = seconds !== undefined
    ? new Date(Number(seconds) * 1000).toISOString()
    : text === "now"
    ? new Date().toISOString()
    : normalizeTime(text);
  if (time !== undefined) return time.replace(".000Z", "Z");
  throw new NixociError("USAGE", `--created: ${JSON.stringify(text)} is not a time`, {
    hint: "write a date as 2024-01-31T12:00:00Z, seconds since 1970 as @1700000000, or now",
  });
}
