/** A SPEC on the command line: flags that say in words what a SPEC says in fields. */
import { file, integer, option, string } from "@oclif/core/flags";
import { resolve } from "node:path";
import type { Spec } from "../build/spec.ts";
import { NixociError } from "../errors.ts";
import { STRATEGIES } from "../nix/layering/mod.ts";
import { parsePlatform } from "../image/platform.ts";

const GROUP = { helpGroup: "IMAGE" };
const many = { multiple: true, multipleNonGreedy: true } as const;

/** The flags of `build` and `plan` that say what the image is; `--store` is one of those for sides. */
export const specFlags = {
  path: string({
    ...GROUP,
    ...many,
    summary: "Include this store path, and all that it refers to",
    helpValue: "/nix/store/…",
    aliases: ["deps"],
  }),
  "copy-to-root": string({
    ...GROUP,
    ...many,
    summary: "Copy the files of this store path or folder to the image's root",
    helpValue: "path",
  }),
  from: string({
    ...GROUP,
    summary: "The base image: a file or folder, or scheme:location",
    helpValue: "image",
    aliases: ["from-image"],
  }),
  name: string({ ...GROUP, summary: "The image's name" }),
  tag: string({ ...GROUP, summary: "Its tag; by default a hash of what is in it" }),
  cmd: string({
    ...GROUP,
    summary: "What runs by default: words, or a JSON list",
    helpValue: "words",
  }),
  entrypoint: string({
    ...GROUP,
    summary: "What always runs, with cmd behind it: words, or a JSON list",
    helpValue: "words",
  }),
  env: string({ ...GROUP, ...many, char: "e", summary: "A variable", helpValue: "NAME=value" }),
  label: string({ ...GROUP, ...many, char: "l", summary: "A label", helpValue: "key=value" }),
  workdir: string({ ...GROUP, char: "w", summary: "Where it runs", helpValue: "folder" }),
  user: string({ ...GROUP, char: "u", summary: "Who runs it", helpValue: "user[:group]" }),
  port: string({
    ...GROUP,
    ...many,
    char: "p",
    summary: "A port that it listens on",
    helpValue: "port[/protocol]",
  }),
  volume: string({ ...GROUP, ...many, summary: "A folder for data", helpValue: "folder" }),
  "max-layers": integer({
    ...GROUP,
    summary: "How many layers at most",
    helpValue: "n",
    min: 1,
  }),
  layering: option({ options: STRATEGIES })({
    ...GROUP,
    summary: "How paths are grouped into layers; by default as the style has it",
  }),
  style: option({ options: ["dockertools", "nix2container"] as const })({
    ...GROUP,
    summary: "Whose bytes and defaults; dockertools by default",
  }),
  platform: string({
    ...GROUP,
    summary: "What it is for; by default what its base is for, or this machine",
    helpValue: "[os/]arch[/variant]",
  }),
  created: string({ ...GROUP, summary: 'When it was made, in ISO 8601, or "now"' }),
  annotation: string({
    ...GROUP,
    ...many,
    summary: "An annotation of the manifest",
    helpValue: "key=value",
  }),
  closure: file({
    ...GROUP,
    ...many,
    summary:
      "Take closures from these files, not from the store's database: nix path-info --json, " +
      "closureInfo's registration, or exportReferencesGraph",
    helpValue: "file",
  }),
};

/**
 * The SPEC with what the flags say: single values win over the SPEC's; paths, variables, labels,
 * ports and annotations are added to it.
 * @throws NixociError `USAGE`.
 */
export function withFlags(spec: Spec, flags: Readonly<Record<string, unknown>>): Spec {
  const one = (name: keyof typeof specFlags) => flags[name] as string | undefined;
  const all = (name: keyof typeof specFlags) => flags[name] as string[] | undefined ?? [];
  const config = withConfig(spec.config ?? {}, one, all);
  const platform = one("platform") === undefined ? undefined : parsePlatform(one("platform")!);
  return {
    ...spec,
    ...lists(spec.deps, all("path"), "deps"),
    ...lists(spec.copyToRoot, all("copy-to-root"), "copyToRoot"),
    ...given({
      fromImage: one("from"),
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
  const there = (name: string) => result[keys.get(name.toLowerCase()) ?? name];
  const empty = (names: string[]) => Object.fromEntries(names.map((name) => [name, {}]));
  const added = (name: string, more: object): void => {
    if (Object.keys(more).length > 0) set(name, { ...there(name) as object | undefined, ...more });
  };
  set("Cmd", words(one("cmd"), "cmd"));
  set("Entrypoint", words(one("entrypoint"), "entrypoint"));
  set("WorkingDir", one("workdir"));
  set("User", one("user"));
  if (all("env").length > 0) {
    set("Env", [...there("Env") as string[] | undefined ?? [], ...all("env")]);
  }
  added("Labels", pairs(all("label"), "label"));
  added(
    "ExposedPorts",
    empty(all("port").map((port) => port.includes("/") ? port : `${port}/tcp`)),
  );
  added("Volumes", empty(all("volume")));
  return result;
}

/** `a b` and `["a", "b"]`. */
function words(text: string | undefined, flag: string): string[] | undefined {
  if (text === undefined) return undefined;
  if (!text.trimStart().startsWith("[")) return text.split(/\s+/).filter((word) => word !== "");
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((word) => typeof word === "string")) return list;
  } catch { /* said below */ }
  throw new NixociError("USAGE", `--${flag}: ${text} is not a JSON list of strings`, {
    hint: `write words, or --${flag} '["/bin/app", "an argument"]'`,
  });
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

function given(object: Partial<Spec>): Partial<Spec> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
