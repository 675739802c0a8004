/** IDs that stay with their names: the file that says so, and what is said where none does. */
import * as z from "zod/mini";
import { wrapError } from "../../base/errors.ts";
import { readSmallFileIfThere } from "../../bytes/disk/small-file.ts";
import type { Notice } from "../../base/notices.ts";
import { parseJson } from "../../image/json.ts";
import {
  type KeptIds,
  MAX_ID,
  NO_IDS,
  type ResolvedAccounts,
} from "../../services/accounts/mod.ts";
import { checkAgainst } from "../spec/validate.ts";
import type { IdsFile } from "./draft.ts";

const id = z.int("must be an ID").check(
  z.minimum(0, "must be an ID"),
  z.maximum(MAX_ID, `must be ${MAX_ID} at most`),
);
const ids = z.nullish(z.record(z.string(), id, "must be an object of IDs by names"));

const idsSchema = z.strictObject(
  { users: ids, groups: ids, subordinate: ids },
  "must be an object with users, groups and subordinate",
);

/**
 * Reads a file of IDs; one that is not there yet says nothing.
 * @param name as the SPEC has it.
 * @throws NixociError `USAGE` for one that is wrong, and what reading throws.
 */
export async function readIdsFile(path: string, name: string): Promise<IdsFile> {
  const bytes = await readSmallFileIfThere(path).catch((error) => {
    throw wrapError(error, `Cannot read ${name}`);
  });
  if (bytes === undefined) return { name, path, kept: NO_IDS };
  const { users, groups, subordinate } = checkAgainst(idsSchema, parseJson(bytes, name), name);
  const kept = { users: users ?? {}, groups: groups ?? {}, subordinate: subordinate ?? {} };
  return { name, path, kept };
}

/**
 * Says which IDs nothing holds: those that follow from the order of names, so that another user may
 * move them.
 * @returns nothing where each has been given, or where there is one only.
 */
export function findLooseIds(
  { given }: Pick<ResolvedAccounts, "given">,
  file: IdsFile | undefined,
): Notice | undefined {
  const loose = (["users", "groups", "subordinate"] as const).flatMap((kind) =>
    Object.entries(given[kind]).filter(([name, id]) => file?.kept[kind][name] !== id)
      .map(([name, id]) => ({ kind, name, id }))
  );
  if (file !== undefined) return loose.length === 0 ? undefined : describeNew(given, file);
  // Each range has an order of its own.
  const normal = loose.filter(({ kind, id }) => kind === "users" && id >= 1000);
  const system = loose.filter(({ kind, id }) => kind === "users" && id < 1000);
  const groups = loose.filter(({ kind }) => kind === "groups");
  const moving = [normal, system, groups].filter(({ length }) => length > 1).flat();
  if (moving.length === 0) return undefined;
  const names = moving.map(({ kind, name, id }) => `${kind}.${name} ${id}`).join(", ");
  const message = `users: these IDs follow from the order of names, and a further name may move ` +
    `them: ${names}; give uid and gid, or keep them in a file (ids)`;
  return { code: "IDS", message };
}

/** Sorts the names, so that the file is the same whatever the order of builds was. */
function sortKeys(ids: KeptIds): object {
  const sorted = Object.entries(ids).map(([kind, byName]) => {
    const names = Object.entries(byName as Record<string, number>);
    return [kind, Object.fromEntries(names.sort(([a], [b]) => a < b ? -1 : 1))];
  });
  return Object.fromEntries(sorted);
}

function describeNew(given: KeptIds, { name, path, kept }: IdsFile): Notice {
  const whole = {
    users: { ...kept.users, ...given.users },
    groups: { ...kept.groups, ...given.groups },
    subordinate: { ...kept.subordinate, ...given.subordinate },
  };
  const pushed = Object.entries(given.users)
    .filter(([user, id]) =>
      kept.users[user] === undefined &&
      Object.entries(kept.users).some(([other, theirs]) =>
        user < other && theirs < id && theirs >= 1000
      )
    )
    .map(([user, id]) => `${user} gets ${id}, so that nobody moves; `);
  const message =
    `${name}: there are new IDs; ${pushed.join("")}they stay once they are written there: ` +
    JSON.stringify(whole);
  return {
    code: "IDS",
    message,
    files: [{ path, text: `${JSON.stringify(sortKeys(whole), null, 2)}\n` }],
  };
}
