/**
 * Users and groups beside what NixOS's own update-users-groups.pl made of the same options: the sets
 * in nixos.json were run through it, with the defaults of users-groups.nix.
 */
import { describe, expect, it } from "vitest";
import {
  type AccountFiles,
  type AskedAccounts,
  findGroupAccount,
  findUserAccount,
  formatAccounts,
  type GroupOptions,
  type KeptIds,
  listGroupsOf,
  nameAccount,
  NO_IDS,
  resolveAccounts,
  type UserOptions,
} from "../../../src/services/accounts/mod.ts";
import { readFileSync } from "node:fs";

interface NixosCase {
  readonly name: string;
  readonly users?: Record<string, UserOptions>;
  readonly groups?: Record<string, GroupOptions>;
  readonly mutableUsers?: boolean;
  readonly base?: AccountFiles;
  readonly expected: Required<AccountFiles>;
}

const CASES: NixosCase[] = JSON.parse(
  readFileSync(new URL("nixos.json", import.meta.url), "utf8"),
);

const SHELLS = { login: "/bin/bash", none: "/sbin/nologin" };

function asked(
  users: Record<string, UserOptions> = {},
  groups: Record<string, GroupOptions> = {},
): Pick<AskedAccounts, "users" | "groups"> {
  return {
    users: Object.entries(users).map(([key, one]) => nameAccount(key, one, "users")),
    groups: Object.entries(groups).map(([key, one]) => nameAccount(key, one, "groups")),
  };
}

function resolved(
  users: Record<string, UserOptions>,
  groups: Record<string, GroupOptions> = {},
  below: AccountFiles = {},
  kept: KeptIds = NO_IDS,
) {
  return resolveAccounts(asked(users, groups), { below, kept, shells: SHELLS });
}

const NORMAL = { isNormalUser: true };
const DEBIAN: AccountFiles = {
  passwd:
    "root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n" +
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
  group:
    "root:x:0:\ntty:x:5:\nwww-data:x:33:\nshadow:x:42:\nvideo:x:44:old\nusers:x:100:\nnogroup:x:65534:\n",
  shadow: "root:*:19000:0:99999:7:::\nwww-data:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n",
  subuid: "other:100000:65536\n",
};

describe("accounts are NixOS's", () => {
  it.each(CASES.map((one) => [one.name, one] as const))("%s", (_, one) => {
    const { mutableUsers = true, base, expected } = one;
    const accounts = resolveAccounts(
      { ...asked(one.users, one.groups), mutableUsers },
      { below: base ?? {}, shells: SHELLS },
    );
    expect(formatAccounts(accounts)).toEqual(expected);
  });

  it("are compared with a dozen sets", () => expect(CASES.length).toBeGreaterThanOrEqual(12));
});

describe("accounts of a base", () => {
  it("stay, and are extended", () => {
    const accounts = resolved(
      { alice: { ...NORMAL, extraGroups: ["video"] }, "www-data": { extraGroups: ["alice"] } },
      { alice: {} },
      DEBIAN,
    );
    const { passwd, group, shadow, subuid } = formatAccounts(accounts);
    expect(passwd).toBe(
      DEBIAN.passwd!.replace("nobody", "alice:x:1000:100::/home/alice:/bin/bash\nnobody"),
    );
    expect(group).toBe(
      DEBIAN.group!.replace("old\n", "alice,old\n").replace(
        "nogroup",
        "alice:x:999:www-data\nnogroup",
      ),
    );
    expect(shadow).toBe(DEBIAN.shadow!.replace("nobody", "alice:!:1::::::\nnobody"));
    expect(subuid).toBe("alice:100000:65536\n");
    expect(accounts.removed).toEqual([]);
  });

  it("keep ranges of subordinate IDs, and nobody gets a part of one", () => {
    const below = { ...DEBIAN, subuid: "www-data:150000:65536\n" };
    expect(formatAccounts(resolved({ alice: NORMAL }, {}, below)).subuid)
      .toBe("www-data:150000:65536\nalice:231072:65536\n");
  });

  it("of another ID are an error that names both", () => {
    expect(() => resolved({ "www-data": { uid: 34 } }, {}, DEBIAN))
      .toThrow("users.www-data.uid: 34, and the base has the user www-data with 33");
    expect(() => resolved({}, { tty: { gid: 3 } }, DEBIAN))
      .toThrow("groups.tty.gid: 3, and the base has the group tty with 5");
    expect(() => resolved({ a: { isSystemUser: true, uid: 33, group: "users" } }, {}, DEBIAN))
      .toThrow("users.a.uid: www-data of the base has 33, too");
  });

  it("have IDs that NixOS's groups then go round", () => {
    const below = { ...DEBIAN, group: `${DEBIAN.group}staff:x:1:\n` };
    const accounts = resolved({ alice: { ...NORMAL, extraGroups: ["wheel"] } }, {}, below);
    expect(findGroupAccount(accounts, "wheel")).toMatchObject({ gid: 999, members: ["alice"] });
  });

  it("are gone where users are not mutable, and said", () => {
    const accounts = resolveAccounts({ ...asked({ alice: NORMAL }), mutableUsers: false }, {
      below: DEBIAN,
      shells: SHELLS,
    });
    expect(accounts.users.map(({ name }) => name)).toEqual(["root", "alice", "nobody"]);
    expect(accounts.removed).toEqual(["the user www-data", "the group www-data"]);
    expect(findGroupAccount(accounts, "tty")?.gid).toBe(5);
  });
});

describe("IDs that were given before", () => {
  const kept: KeptIds = {
    users: { alice: 1003, bob: 1000, gone: 1001, svc: 990 },
    groups: { svc: 995, old: 999 },
    subordinate: { bob: 100_000, alice: 231_072 },
  };

  it("stay, and nobody else gets those of who is gone", () => {
    const system = { isSystemUser: true, group: "svc" };
    const users = { aaa: NORMAL, alice: NORMAL, bob: NORMAL, svc: system };
    const accounts = resolved(users, { svc: {}, other: {} }, {}, kept);
    expect(accounts.given).toEqual({
      users: { aaa: 1002, alice: 1003, bob: 1000, svc: 990 },
      groups: { other: 998, svc: 995 },
      subordinate: { bob: 100_000, aaa: 165_536, alice: 231_072 },
    });
  });

  it("give way to who asks for one", () => {
    const accounts = resolved({ bob: NORMAL, carol: { ...NORMAL, uid: 1000 } }, {}, {}, kept);
    expect(accounts.given.users).toEqual({ bob: 1002 });
  });
});

describe("accounts that cannot be", () => {
  const system = { isSystemUser: true };
  it.each([
    [{ svc: system }, {}, "users.svc.group: a system user needs a group"],
    [{ svc: {} }, {}, "users.svc: nothing says whether it is a normal user or a system user"],
    [{ a: { ...NORMAL, group: "none" } }, {}, "users.a.group: there is no group none"],
    [{ a: { ...NORMAL, extraGroups: ["wheel", "x"] } }, {}, "users.a.extraGroups[1]: there is no"],
    [
      { a: { ...NORMAL, uid: 1000 }, b: { ...NORMAL, uid: 1000 } },
      {},
      "users.b.uid: users.a has 1000, too",
    ],
    [{}, { a: { gid: 5000 }, b: { gid: 5000 } }, "groups.b.gid: groups.a has 5000, too"],
    [{ toor: { uid: 0, group: "root" } }, {}, "users.toor.uid: NixOS's own root has 0, too"],
  ])("%j %j", (users, groups, message) => {
    expect(() => resolved(users, groups)).toThrow(message);
  });

  it("share an ID where that is allowed", () => {
    const accounts = resolveAccounts(
      { ...asked({ toor: { uid: 0, group: "root" } }), enforceIdUniqueness: false },
      { shells: SHELLS },
    );
    expect(accounts.users.slice(0, 2).map(({ name }) => name)).toEqual(["root", "toor"]);
  });

  it("have no shell to be given", () => {
    const shells = { login: undefined, none: "/sbin/nologin" };
    expect(() => resolveAccounts(asked({ a: NORMAL }), { shells })).toThrow("users.a.shell: ");
    expect(resolveAccounts(asked({ a: { ...system, group: "users" } }), { shells }).users[0])
      .toMatchObject({ name: "root", shell: "/bin/sh" });
  });
});

describe("looking up", () => {
  const accounts = resolved({ alice: { ...NORMAL, uid: 1234, extraGroups: ["wheel", "users"] } });
  it("finds by name and by ID", () => {
    expect(findUserAccount(accounts, "alice")).toEqual({
      ...{ name: "alice", password: "x", uid: 1234, gid: 100 },
      ...{ description: "", home: "/home/alice", shell: "/bin/bash" },
    });
    expect(findUserAccount(accounts, "1234")).toBe(findUserAccount(accounts, "alice"));
    expect(findUserAccount(accounts, "bob")).toBeUndefined();
    expect(findGroupAccount(accounts, "100")?.name).toBe("users");
  });

  it("lists the groups of a user once each, its own first", () => {
    expect(listGroupsOf(accounts, findUserAccount(accounts, "alice")!).map(({ name }) => name))
      .toEqual(["users", "wheel"]);
  });
});
