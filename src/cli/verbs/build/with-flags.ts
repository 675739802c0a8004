/** A SPEC with what the command line's flags say of the image. */
import { resolve } from "node:path";
import type { Spec } from "../../../compose/spec/spec.ts";
import { NixociError } from "../../../base/errors.ts";
import { given } from "../../../base/given.ts";
import { isObject } from "../../../image/json.ts";
import { parsePlatform } from "../../../image/platform.ts";
import { resolveBase } from "./base-reference.ts";
import type { specFlags } from "./spec-flags.ts";

/**
 * The SPEC with what the flags say: single values win over the SPEC's; paths, layers, variables,
 * labels, ports and annotations are added to it.
 * @throws NixociError `USAGE`.
 */
export function withFlags(spec: Spec, flags: Readonly<Record<string, unknown>>): Spec {
  const one = (name: keyof typeof specFlags) => flags[name] as string | undefined;
  const all = (name: keyof typeof specFlags) => flags[name] as string[] | undefined ?? [];
  const from = one("from");
  const config = withConfig(spec.config ?? {}, one, all);
  const platform = one("platform") === undefined ? undefined : parsePlatform(one("platform")!);
  return {
    ...spec,
    ...lists(spec.deps, all("path"), "deps"),
    ...lists(spec.copyToRoot, all("copy-to-root"), "copyToRoot"),
    ...(all("layer").length > 0 && {
      layers: [...spec.layers ?? [], ...all("layer").map((file) => here(file)!)],
    }),
    ...given({
      fromImage: from === undefined ? undefined : resolveBase(from, process.cwd()),
      name: one("name"),
      tag: one("tag"),
      maxLayers: flags["max-layers"] as number | undefined,
      style: one("style") as Spec["style"],
      layering: one("layering") as Spec["layering"],
      created: one("created"),
      store: here(flags["store"] as string | undefined),
    }),
    ...(all("closure").length > 0 && { closure: all("closure").map((file) => here(file)!) }),
    ...(platform && {
      os: platform.os,
      architecture: platform.architecture,
      variant: platform.variant,
    }),
    ...(Object.keys(config).length > 0 && { config }),
    ...(all("annotation").length > 0 && {
      annotations: { ...spec.annotations, ...pairs(all("annotation"), "annotation") },
    }),
  };
}

type Values = (name: keyof typeof specFlags) => string[];

function withConfig(
  config: Record<string, unknown>,
  one: (name: keyof typeof specFlags) => string | undefined,
  all: Values,
): Record<string, unknown> {
  const keys = new Map(Object.keys(config).map((key) => [key.toLowerCase(), key]));
  const result = { ...config };
  const set = (name: string, value: unknown): void => {
    if (value !== undefined) result[keys.get(name.toLowerCase()) ?? name] = value;
  };
  const there = (name: string) => result[keys.get(name.toLowerCase()) ?? name] ?? undefined;
  const empty = (names: string[]) => Object.fromEntries(names.map((name) => [name, {}]));
  const added = (name: string, more: object): void => {
    const before = there(name) ?? {};
    // What is no object stays, and is refused with all else that is wrong.
    if (Object.keys(more).length > 0 && isObject(before)) set(name, { ...before, ...more });
  };
  set("Cmd", words(one("cmd"), "cmd"));
  set("Entrypoint", words(one("entrypoint"), "entrypoint"));
  set("WorkingDir", one("workdir"));
  set("User", one("user"));
  const env = there("Env") ?? [];
  if (all("env").length > 0 && Array.isArray(env)) set("Env", [...env, ...all("env")]);
  added("Labels", pairs(all("label"), "label"));
  added(
    "ExposedPorts",
    empty(all("port").map((port) => port.includes("/") ? port : `${port}/tcp`)),
  );
  added("Volumes", empty(all("volume")));
  return result;
}

/** `a b` and `["a", "b"]`. Quotes mean something to shells, and whoever writes some means it, too. */
function words(text: string | undefined, flag: string): string[] | undefined {
  if (text === undefined) return undefined;
  const hint = `write words, or --${flag} '["/bin/app", "an argument"]'`;
  if (!text.trimStart().startsWith("[")) {
    if (!/["']/.test(text)) return text.split(/\s+/).filter((word) => word !== "");
    throw new NixociError("USAGE", `--${flag}: ${text} has quotes in it, and no shell reads it`, {
      hint,
    });
  }
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((word) => typeof word === "string")) return list;
  } catch { /* said below */ }
  throw new NixociError("USAGE", `--${flag}: ${text} is not a JSON list of strings`, { hint });
}

function pairs(texts: readonly string[], flag: string): Record<string, string> {
  return Object.fromEntries(texts.map((text) => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
    throw new NixociError("USAGE", `--${flag}: ${JSON.stringify(text)} is not key=value`);
  }));
}

function lists(
  there: string | string[] | null | undefined,
  more: readonly string[],
  name: "deps" | "copyToRoot",
): Partial<Spec> {
  if (more.length === 0) return {};
  const before = there === null || there === undefined ? [] : [there].flat();
  return { [name]: [...before, ...more.map((path) => here(path)!)] };
}

/** What a flag names lies below the working directory, whatever folder the SPEC is in. */
function here(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}
