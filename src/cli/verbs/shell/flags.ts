/** The flags of `shell`. */
import { boolean, directory, integer, option, string } from "@oclif/core/flags";
import { deliveryFlags } from "../../delivery/flags.ts";
import type { FlagValues, GlobalFlags } from "../../kit/command.ts";
import { REPEATABLE } from "../../kit/flags.ts";
import { specFlags } from "../../spec/flags.ts";

/** The flags of `build` that mean the same here. */
const { name, tag, created, layering, store, closure, ...others } = specFlags;
const { "max-layers": maxLayers, "nix-database": nixDatabase } = others;

/** The flags that say which environment it is. */
const environmentFlags = {
  package: string({
    ...REPEATABLE,
    summary: "Include this store path too; its programs are searched first",
    helpValue: "/nix/store/…",
    helpGroup: "IMAGE",
  }),
  shell: string({
    summary: "The Bash; by default one that the closure has, an interactive one first",
    helpValue: "/nix/store/…/bin/bash",
    helpGroup: "IMAGE",
  }),
  home: string({
    summary: "The user's home in the image; /build by default",
    helpValue: "folder",
    helpGroup: "IMAGE",
  }),
};

/** All flags. */
export const shellFlags = {
  name,
  tag,
  uid: integer({
    summary: "The user that runs and builds; 1000 by default",
    helpValue: "n",
    helpGroup: "IMAGE",
    min: 0,
    max: 2 ** 32 - 2,
  }),
  gid: integer({
    summary: "The user's group; 1000 by default",
    helpValue: "n",
    helpGroup: "IMAGE",
    min: 0,
    max: 2 ** 32 - 2,
  }),
  ...environmentFlags,
  command: string({
    summary: "Run this in an interactive shell, which then exits",
    helpValue: "script",
    helpGroup: "IMAGE",
  }),
  run: string({
    summary: "Run this in a shell that is not interactive",
    helpValue: "script",
    helpGroup: "IMAGE",
  }),
  "with-nix": string({
    summary: "Include this Nix, for the image's user to work with, and a database for it",
    helpValue: "/nix/store/…",
    helpGroup: "IMAGE",
  }),
  "nix-database": nixDatabase,
  "max-layers": maxLayers,
  layering,
  compressor: option({ options: ["none", "gz", "zstd"] as const })({
    summary: "How layers are compressed where the destination leaves it open",
    helpGroup: "IMAGE",
  }),
  created,
  store,
  closure,
  attr: string({
    char: "A",
    summary: "Of a file of expressions, this attribute",
    helpValue: "name",
  }),
  "print-env": boolean<boolean>({
    summary: "Print the environment for a shell of your own, or with --json as JSON; make no image",
  }),
  plan: string({
    summary: "Write the image's plan to this file, for nixoci copy nix:…; make no image",
    helpValue: "file",
  }),
  "gc-roots": directory({
    summary: "With an expression: make links in this folder that keep what it needs in the store",
    helpValue: "folder",
  }),
  devcontainer: directory({
    summary:
      "Write .devcontainer/devcontainer.json in this folder, and make the image only where " +
      "it is not there as it should be",
    helpValue: "folder",
  }),
  direnv: directory({
    summary: "Write an .envrc in this folder, which has direnv bring the environment",
    helpValue: "folder",
  }),
  engine: option({ options: ["docker", "podman"] as const })({
    summary: "The command line that runs COMMAND; docker by default",
  }),
  ...deliveryFlags,
};

/** Their values. */
export type ShellFlags = FlagValues<typeof shellFlags> & GlobalFlags;
