/** The surroundings of a service, in its definition: its user, variables, folders. */
import { quoteWord } from "../../../nix/derivation/attributes/structured.ts";
import type { Service } from "../../service.ts";
import { formatFunction } from "./commands.ts";

/** Writes its user, its groups and its working directory. */
export function formatServiceUser(
  { user, makesUser, group, extraGroups, workingDirectory }: Service,
): string[] {
  return [
    ...(user === undefined ? [] : [`_user=${quoteWord(user)}`]),
    ...(makesUser ? ["_any_user=1"] : []),
    ...(group === undefined ? [] : [`_group=${quoteWord(group)}`]),
    ...(extraGroups?.length ? [`_groups=${quoteWord(extraGroups.join(" "))}`] : []),
    ...(workingDirectory === undefined ? [] : [`_directory=${quoteWord(workingDirectory.path)}`]),
    ...(workingDirectory?.optional ? ["_directory_optional=1"] : []),
  ];
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Writes its variables, and its PATH. */
export function formatEnvironment({ environment = {}, environmentFiles = [], path = [] }: Service) {
  const all = Object.entries(environment);
  const own = environment["PATH"];
  const search = path.map((one) => `${one}/bin`).join(":");
  const lines = [
    ...(own === undefined ? [] : [`_path=${quoteWord(own)}`]),
    ...(search === "" ? [] : [`_path=${quoteWord(search)}$\{_path:+:}$_path`]),
    ...all.filter(([name]) => name !== "PATH").map(([name, value]) =>
      VARIABLE.test(name)
        ? `export ${name}=${quoteWord(value)}`
        : `_odd="$_odd "${quoteWord(quoteWord(`${name}=${value}`))}`
    ),
    ...environmentFiles.map(({ path, optional }) =>
      `read_variables ${quoteWord(path)}${optional ? " optional" : ""}`
    ),
  ];
  return lines.length === 0 ? [] : formatFunction("set_environment", lines);
}

const FOLDER_VARIABLES = {
  runtime: "RUNTIME_DIRECTORY",
  state: "STATE_DIRECTORY",
  cache: "CACHE_DIRECTORY",
  logs: "LOGS_DIRECTORY",
  configuration: "CONFIGURATION_DIRECTORY",
} as const;

/** Writes the folders that are made for it. */
export function formatFolders({ folders = [] }: Service): string[] {
  if (folders.length === 0) return [];
  const kinds = [...new Set(folders.map(({ kind }) => kind))];
  const transient = folders.filter((one) => one.transient).map(({ path }) => quoteWord(path));
  return [
    ...formatFunction("make_folders", [
      ...folders.map(({ kind, path, mode }) => {
        const keeps = kind === "configuration" ? " keep" : "";
        return `make_folder ${quoteWord(path)} ${mode.toString(8).padStart(4, "0")}${keeps}`;
      }),
      ...kinds.map((kind) => {
        const paths = folders.filter((one) => one.kind === kind).map(({ path }) => path);
        return `export ${FOLDER_VARIABLES[kind]}=${quoteWord(paths.join(":"))}`;
      }),
    ]),
    ...(transient.length > 0 ? [`_transient=${quoteWord(transient.join(" "))}`] : []),
  ];
}
