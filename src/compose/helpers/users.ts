/** Helpers that make the files of users and groups. */
import { NixociError } from "../../base/errors.ts";
import type { MadeEntry } from "../../recipe/mod.ts";

/** Users and groups besides root and nobody, as lines of `/etc/passwd` and `/etc/group`. */
export interface ExtraUsers {
  readonly extraPasswdLines?: readonly string[] | null | undefined;
  readonly extraGroupLines?: readonly string[] | null | undefined;
}

/**
 * Makes `/etc/passwd`, `/etc/group` and `/etc/nsswitch.conf` with root and nobody, as nixpkgs'
 * fakeNss does, and `/var/empty`, which is their home.
 * @param at names the lines in errors.
 * @throws NixociError `USAGE` for a line that is not one, and for a name that is there twice.
 * @example
 * ```ts
 * import { makeFakeNss } from "nixoci";
 * const files = makeFakeNss({ extraPasswdLines: ["app:x:1000:1000::/home/app:/bin/sh"] });
 * console.log(files[0]?.path); // /etc/passwd
 * ```
 */
export function makeFakeNss(
  { extraPasswdLines, extraGroupLines }: ExtraUsers = {},
  at = "fakeNss",
): MadeEntry[] {
  const users = extraPasswdLines ?? [];
  const groups = extraGroupLines ?? [];
  checkLines(users, PASSWD, `${at}.extraPasswdLines`);
  checkLines(groups, GROUP, `${at}.extraGroupLines`);
  const home = "/var/empty:/bin/sh";
  return [
    createFile("/etc/passwd", [
      `root:x:0:0:root user:${home}`,
      ...users,
      `nobody:x:65534:65534:nobody:${home}`,
    ]),
    createFile("/etc/group", ["root:x:0:", ...groups, "nobody:x:65534:"]),
    createFile("/etc/nsswitch.conf", ["hosts: files dns"]),
    { type: "directory", path: "/var/empty" },
  ];
}

/**
 * Makes the files that shadow's programs (`useradd`, `groupadd`) need, as dockerTools' shadowSetup
 * does: root alone, and PAM's rules. What a base has of users, of groups, or of PAM stays.
 * @param shell root's shell.
 * @param isThere tells whether a base has a place.
 * @example
 * ```ts
 * import { makeShadowFiles } from "nixoci";
 * console.log(makeShadowFiles("/bin/sh").length); // 6
 * ```
 */
export function makeShadowFiles(
  shell: string,
  isThere: (place: string) => boolean = () => false,
): MadeEntry[] {
  const groups: readonly (readonly [string, readonly MadeEntry[]])[] = [
    ["/etc/passwd", [
      createFile("/etc/passwd", [`root:x:0:0::/root:${shell}`]),
      { ...createFile("/etc/shadow", ["root:!x:::::::"]), mode: 0o600 },
    ]],
    ["/etc/group", [
      createFile("/etc/group", ["root:x:0:"]),
      { ...createFile("/etc/gshadow", ["root:x::"]), mode: 0o600 },
    ]],
    ["/etc/pam.d", [createFile("/etc/pam.d/other", PAM)]],
    ["/etc/login.defs", [createFile("/etc/login.defs", [])]],
  ];
  return groups.flatMap(([place, files]) => isThere(place) ? [] : files);
}

const PAM = [
  "account sufficient pam_unix.so",
  "auth sufficient pam_rootok.so",
  "password requisite pam_unix.so nullok yescrypt",
  "session required pam_unix.so",
];

function createFile(path: string, lines: readonly string[]) {
  const content = lines.map((line) => `${line}\n`).join("");
  return { type: "file", path, content, mode: 0o644 } as const;
}

/** The form of a file's lines: how many fields there are, and which are numbers. */
interface LineForm {
  readonly fields: readonly string[];
  readonly taken: readonly string[];
}

const TAKEN = ["root", "nobody"];
const PASSWD: LineForm = {
  fields: ["name", "password", "uid", "gid", "comment", "home", "shell"],
  taken: TAKEN,
};
const GROUP: LineForm = { fields: ["name", "password", "gid", "members"], taken: TAKEN };

/** The largest ID that the kernel knows; the one above it means "none". */
const MAX_ID = 2 ** 32 - 2;

/** Proves that lines are lines. Nothing of them but a name is shown: there may be a password in one. */
function checkLines(lines: readonly string[], { fields, taken }: LineForm, at: string): void {
  const names = new Set(taken);
  lines.forEach((line, i) => {
    const refuse = (why: string) =>
      new NixociError("USAGE", `${at}[${i}]: ${why}`, { hint: `write ${fields.join(":")}` });
    const parts = line.split(":");
    if (/[\n\r\0]/.test(line)) throw refuse("it is more than one line");
    if (parts.length !== fields.length) {
      throw refuse(`it has ${parts.length} fields, and ${fields.length} are needed`);
    }
    const [name = ""] = parts;
    if (!/^[^\s/+-][^\s/]*$/.test(name)) throw refuse(`${JSON.stringify(name)} cannot be a name`);
    if (names.has(name)) throw refuse(`${name} is there already`);
    names.add(name);
    fields.forEach((field, at) => checkField(field, parts[at]!, refuse));
  });
}

function checkField(field: string, value: string, refuse: (why: string) => NixociError): void {
  const isId = field === "uid" || field === "gid";
  if (isId && !(/^\d{1,10}$/.test(value) && Number(value) <= MAX_ID)) {
    throw refuse(`the ${field} is not a number from 0 to ${MAX_ID}`);
  }
  const isPath = field === "home" || field === "shell";
  if (isPath && value !== "" && !value.startsWith("/")) {
    throw refuse(`the ${field} is not an absolute path`);
  }
}
