/** The files of Nix in an image: settings, machines, channels, and the folders that it wants. */
import { posix } from "node:path";
import { NixociError } from "../../base/errors.ts";
import type { MadeEntry } from "../../recipe/mod.ts";
import { findUserAccount, type UserAccount } from "../../services/accounts/mod.ts";
import {
  BUILD_GROUP,
  type BuildMachine,
  formatMachines,
  formatNixConf,
  type NixConfOptions,
} from "../../services/nix/mod.ts";
import { readAccounts } from "../accounts/accounts.ts";
import type { AccountsDraft } from "../accounts/draft.ts";
import { readBaseAccounts } from "../accounts/read-base.ts";
import { createProgramLookup, SHELL_FOLDERS } from "../accounts/shells.ts";
import type { Addition, CustomiseContext } from "../customise/customisation.ts";

/** Nix, as it is to be used in an image. */
export interface NixUse {
  readonly options: NixConfOptions;
  /** Its store path; `undefined` where the base has it. */
  readonly path: string | undefined;
  /** The name of the owner of the store. */
  readonly user: string;
  readonly channels: Readonly<Record<string, string>>;
  readonly machines: readonly BuildMachine[];
  readonly nixPath: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly buildUsers: number;
}

/** Creates what adds them. */
export function createNixFiles(use: NixUse, draft: AccountsDraft): Addition {
  const settings = formatNixConf(use.options, use.buildUsers > 0 ? BUILD_GROUP : "");
  const machines = formatMachines(use.machines);
  return async (stored, context, drafted) => {
    if (use.path === undefined) await checkProgram(...[stored, context, drafted] as const);
    const accounts = await readAccounts(draft, stored, context, drafted);
    const user = findUserAccount(accounts, use.user);
    if (user === undefined && use.user !== "root") throw createNobodyError(use.user);
    const owner = { uid: user?.uid ?? 0, gid: user?.gid ?? 0 };
    return [
      { type: "file", path: "/etc/nix/nix.conf", content: settings, mode: 0o644, uid: 0, gid: 0 },
      ...machines === "" ? [] : [
        {
          ...{ type: "file", path: "/etc/nix/machines", content: machines, mode: 0o644 } as const,
          ...{ uid: 0, gid: 0 },
        },
      ],
      ...makeChannels(use.channels, user, owner),
      ...await makeFolders(owner, context),
    ];
  };
}

function makeChannels(
  channels: NixUse["channels"],
  user: UserAccount | undefined,
  owner: { readonly uid: number; readonly gid: number },
): MadeEntry[] {
  const lines = Object.entries(channels).map(([name, url]) => `${url} ${name}\n`);
  if (lines.length === 0) return [];
  const path = posix.join(user?.home ?? "/root", ".nix-channels");
  return [{ type: "file", path, content: lines.join(""), mode: 0o644, ...owner }];
}

/** Makes folders of state, as NixOS does when it starts, beside the database's; the base's own stay. */
async function makeFolders(
  owner: { readonly uid: number; readonly gid: number },
  { baseTop, paths }: CustomiseContext,
): Promise<MadeEntry[]> {
  const top = posix.dirname(paths.storeDir);
  if ((await baseTop?.())?.has(`${top}/var`)) return [];
  const own = ["temproots", "userpool", "profiles"].map((name) => `${top}/var/nix/${name}`);
  const shared = ["gcroots/per-user", "profiles/per-user"].map((name) => `${top}/var/nix/${name}`);
  const all = [`${top}/var/log`, `${top}/var/log/nix`, `${top}/var/log/nix/drvs`, ...own];
  const sharedMode = owner.uid === 0 ? 0o1777 : 0o755;
  return [
    ...all.map((path): MadeEntry => ({ type: "directory", path, mode: 0o755, ...owner })),
    ...shared.map((path): MadeEntry => ({ type: "directory", path, mode: sharedMode, ...owner })),
  ];
}

/** Proves that there is a Nix in the base. */
async function checkProgram(...[stored, context, drafted]: Parameters<Addition>): Promise<void> {
  const base = await readBaseAccounts(context.base, {
    known: context.bases,
    signal: context.signal,
  });
  const has = createProgramLookup(base, drafted, stored, context);
  const profile = "/nix/var/nix/profiles/default/bin";
  if ([...SHELL_FOLDERS, profile].some((folder) => has(`${folder}/nix-store`))) return;
  throw new NixociError("USAGE", "nix.package: the image has no Nix", {
    hint: "name its store path there",
  });
}

function createNobodyError(user: string): NixociError {
  return new NixociError("USAGE", `nix.user: the image has no user ${user}`, {
    hint: `add it to the SPEC: "users": {"${user}": {"isNormalUser": true}}`,
  });
}
