/** Accounts of an image in the making: who is in it, and the files that say so. */
import { readSmallFileIfThere } from "../../bytes/disk/small-file.ts";
import { NixociError } from "../../base/errors.ts";
import type { MadeEntry } from "../../recipe/mod.ts";
import { diskRootOf } from "../../recipe/store-root.ts";
import {
  ACCOUNT_FILES,
  findGroupAccount,
  formatAccounts,
  resolveAccounts,
  type ResolvedAccounts,
} from "../../services/accounts/mod.ts";
import type { Addition, CustomiseContext, StoreContents } from "../customise/customisation.ts";
import type { ImageDraft } from "../draft.ts";
import type { LayerDraft } from "../layers/layer-draft.ts";
import { type AccountsDraft, keptIdsOf } from "./draft.ts";
import { checkHomes, makeHomes, makeKeys } from "./homes.ts";
import { findLooseIds } from "./ids.ts";
import { type BaseAccounts, MOST_TEXT, readBaseAccounts } from "./read-base.ts";
import { checkShells, chooseShells, createProgramLookup, findRootFiles } from "./shells.ts";

/**
 * Returns who is in the image: those of the base, and those whom the SPEC asks for. What has an owner
 * by name is looked up there.
 * @param draft what has been asked for so far.
 * @throws NixociError `USAGE`, with the field, for accounts and shells that cannot be; what reading the
 * base throws.
 */
export async function readAccounts(
  draft: AccountsDraft,
  stored: StoreContents,
  context: CustomiseContext,
  drafted: LayerDraft,
): Promise<ResolvedAccounts> {
  const base = await readBelow(stored, context, drafted);
  return resolveOn(base, draft, createProgramLookup(base, drafted, stored, context));
}

/** Accounts that are there already. */
interface BelowAccounts extends BaseAccounts {
  /** Names of files that are copied to the root, and are replaced. */
  readonly copied: readonly string[];
}

/** Reads who is there already: in the base, and in what is copied or linked over it. */
async function readBelow(
  stored: StoreContents,
  context: CustomiseContext,
  drafted: LayerDraft,
): Promise<BelowAccounts> {
  const base = await readBaseAccounts(context.base, {
    known: context.bases,
    signal: context.signal,
  });
  const files: Record<string, string> = {};
  const root = findRootFiles(drafted, stored, context.paths);
  for (const name of ACCOUNT_FILES) {
    const place = `/etc/${name}`;
    const link = root.made.get(place);
    const places = typeof link === "object"
      ? [diskRootOf(link.target, context.paths) + link.target]
      : root.copied.map((folder) => folder + place);
    for (const path of places) {
      const bytes = await readSmallFileIfThere(path, MOST_TEXT);
      if (bytes !== undefined) files[name] ??= bytes.toString();
    }
  }
  // They have the mode and owner that such files have where nothing is said.
  const owners = Object.entries(base.owners).filter(([name]) => !(name in files));
  return {
    ...base,
    files: { ...base.files, ...files },
    owners: Object.fromEntries(owners),
    copied: Object.keys(files),
  };
}

function resolveOn(
  base: BaseAccounts,
  draft: AccountsDraft,
  has: ReturnType<typeof createProgramLookup>,
): ResolvedAccounts {
  const shells = chooseShells(draft, has);
  const kept = keptIdsOf(draft);
  const accounts = resolveAccounts(draft, { below: base.files, kept, shells });
  checkShells(draft, has);
  return accounts;
}

/**
 * Adds what makes the files of the accounts that all features together ask for.
 * @throws NixociError `USAGE` where a helper makes the same files.
 */
export function addAccounts({ accounts, additions, helpers }: ImageDraft): Partial<ImageDraft> {
  if (!accounts.isAsked) return {};
  const other = helpers.find(({ at }) => /\.(fakeNss|shadowSetup)$/.test(at));
  if (other === undefined) return { additions: [...additions, createAccountFiles(accounts)] };
  throw new NixociError("USAGE", `${other.at}: users and groups make /etc/passwd as well`, {
    hint: "leave the helper out: root and nobody are there without it",
  });
}

function createAccountFiles(draft: AccountsDraft): Addition {
  let isTold = false;
  return async (stored, context, drafted) => {
    const base = await readBelow(stored, context, drafted);
    const accounts = resolveOn(base, draft, createProgramLookup(base, drafted, stored, context));
    await checkHomes(accounts, stored, context, drafted);
    if (!isTold) reportAccounts(accounts, draft, context);
    isTold = true;
    const below = await context.baseTop?.();
    return [
      ...makeFiles(accounts, base),
      ...makeHomes(accounts, (place) => below?.has(place) ?? false),
      ...makeKeys(accounts, draft.keys),
    ];
  };
}

function reportAccounts(
  accounts: ResolvedAccounts,
  draft: AccountsDraft,
  { onNotice }: CustomiseContext,
) {
  const loose = findLooseIds(accounts, draft.ids);
  if (loose !== undefined) onNotice?.(loose);
  if (accounts.removed.length === 0) return;
  const message = `users.mutableUsers is false: ${accounts.removed.join(", ")} of the base ` +
    `${accounts.removed.length === 1 ? "is" : "are"} not in the image`;
  onNotice?.({ code: "LEFT_OUT", message });
}

/** Makes the files in `/etc`; one that the base has keeps its mode and owner. */
function makeFiles(accounts: ResolvedAccounts, { owners, copied }: BelowAccounts): MadeEntry[] {
  const texts = formatAccounts(accounts);
  const shadow = findGroupAccount(accounts, "shadow");
  const usual = { mode: 0o644, uid: 0, gid: 0 };
  const secret = shadow === undefined
    ? { ...usual, mode: 0o600 }
    : { ...usual, mode: 0o640, gid: shadow.gid };
  return ACCOUNT_FILES.map((name) => ({
    type: "file",
    path: `/etc/${name}`,
    content: texts[name],
    ...(copied.includes(name) && { replaces: true }),
    ...(owners[name] ?? (name === "shadow" ? secret : usual)),
  }));
}
