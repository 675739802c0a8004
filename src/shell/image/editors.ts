/**
 * Makes what editors and the dev container CLI need in an image: who works there, which system it is,
 * and how programs of other distributions start, for an editor's server brings its own Node.
 * @see https://containers.dev/implementors/reference/#labels
 */
import type { MadeEntry } from "../../recipe/made/made.ts";
import type { ForeignSupport } from "../inputs/foreign.ts";
import { USER_NAME } from "./user.ts";

/** The label that says how an image is used as a dev container. */
export const METADATA_LABEL = "devcontainer.metadata";

/**
 * Formats the label. The user is there by name: a number in its place has no login shell, and is
 * never given the person's own number.
 */
export function formatMetadata(foreign: ForeignSupport): string {
  const containerEnv = serverVariablesOf(foreign);
  return JSON.stringify([{
    remoteUser: USER_NAME,
    ...Object.keys(containerEnv).length > 0 && { containerEnv },
  }]);
}

/**
 * Returns the variables by which VS Code's server has its Node use these libraries. A search path
 * for all programs would break those of the store that have another glibc.
 */
function serverVariablesOf({ loader, libraries, patchelf }: ForeignSupport) {
  if (loader === undefined || patchelf === undefined) return {};
  return {
    VSCODE_SERVER_CUSTOM_GLIBC_LINKER: loader.file,
    VSCODE_SERVER_CUSTOM_GLIBC_PATH: libraries.join(":"),
    VSCODE_SERVER_PATCHELF_PATH: patchelf,
  };
}

/** Makes the files: the system's name, and the loader where programs look for it. */
export function makeEditorFiles({ loader }: ForeignSupport): MadeEntry[] {
  return [
    { type: "file", path: "/etc/os-release", content: OS_RELEASE },
    ...loader === undefined
      ? []
      : [{ type: "symlink", path: loader.place, target: loader.file } as const],
  ];
}

/**
 * VS Code's server takes no other system without libraries in `/usr/lib`; it reads the first `ID=`
 * in the file, also that of another word.
 */
const OS_RELEASE = ["ID=nixos", 'NAME="NixOS"', 'PRETTY_NAME="a shell image of Nix"', ""]
  .join("\n");

/** Programs that VS Code's server and the CLI call, beside those of coreutils. */
const SERVER_PROGRAMS: ReadonlySet<string> = new Set(["sed", "grep", "awk", "tar", "gzip"]);

/**
 * Lists what a dev container lacks, with what does not work for that.
 * @param missing programs that the image has not.
 */
export function listEditorLacks(foreign: ForeignSupport, missing: readonly string[]): string[] {
  const messages: string[] = [];
  if (missing.includes("env")) {
    messages.push(
      "devcontainer up fails without coreutils: its container ends at once; add them with --package",
    );
  }
  if (missing.includes("sed")) {
    messages.push(
      "without sed the user does not get the person's number, so that files in the workspace are another user's; add gnused with --package",
    );
  }
  const programs = missing.filter((program) => SERVER_PROGRAMS.has(program));
  if (programs.length > 0) {
    messages.push(
      `VS Code's server does not start without ${programs.join(", ")}; add them with --package`,
    );
  }
  if (foreign.loader === undefined) {
    messages.push(
      "VS Code's server does not start: there is no glibc in the closure, whose loader its Node needs",
    );
  } else if (foreign.cpp === undefined || foreign.patchelf === undefined) {
    const lacks = [
      foreign.cpp ? "" : "libstdc++ (stdenv.cc.cc.lib)",
      foreign.patchelf ? "" : "patchelf",
    ];
    messages.push(
      `VS Code's server does not start without ${
        lacks.filter((name) => name !== "").join(" and ")
      }, which its Node needs; add them with --package`,
    );
  }
  return messages;
}
