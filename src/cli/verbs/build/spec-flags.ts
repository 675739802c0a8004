/** A SPEC on the command line: flags that say in words what a SPEC says in fields. */
import { file, integer, option, string } from "@oclif/core/flags";
import { STRATEGIES } from "../../../layering/mod.ts";

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
  layer: file({
    ...GROUP,
    ...many,
    summary:
      "Layers that this file describes: what nixoci layers wrote, or nix2container's buildLayer",
    helpValue: "file",
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
