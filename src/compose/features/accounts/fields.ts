/** The fields of users and groups, by NixOS's names. */
import type { GroupOptions, UserOptions } from "../../../services/accounts/mod.ts";
import type { Kinds } from "../feature.ts";

const OCTAL = /^[0-7]{1,5}$/;
const DAY = /^\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])$/;

/** Defines the fields of a user. */
export function defineUser(is: Kinds) {
  const names = (what: string) => is.list(is.filled, `must be a list of ${what}`);
  return is.object({
    enable: is.field(is.flag, "false leaves the user out", { usual: true, example: false }),
    name: is.field(is.filled, "Its name; that of the field by default"),
    description: is.field(is.text, "The comment in /etc/passwd, such as a full name", {
      usual: "",
      example: "Alice Q. User",
    }),
    uid: is.field(
      is.whole(0),
      "Its ID; by default the base's, or the one in the file of ids, or the next free one: from 1000 " +
        "upwards for normal users, from 999 downwards for system users",
      { example: 1234 },
    ),
    isNormalUser: is.field(
      is.flag,
      "true for a person: group users, a home in /home that is made, the default shell, subordinate IDs",
      { usual: false, example: true },
    ),
    isSystemUser: is.field(is.flag, "true for a program; it needs a group", {
      usual: false,
      example: true,
    }),
    group: is.field(is.filled, "Its first group; users for normal users", { example: "users" }),
    extraGroups: is.field(names("groups"), "Its other groups", { usual: [], example: ["wheel"] }),
    home: is.field(
      is.filled,
      "Its home; /home/<name> for normal users, /var/empty for others",
      { example: "/srv/app" },
    ),
    homeMode: is.field(
      is.matching(OCTAL, "must be octal digits"),
      "The mode of a home that is made; 700 by default",
      { usual: "700", example: "750" },
    ),
    createHome: is.field(
      is.flag,
      "true makes the home, with its owner; so it is for normal users",
      { example: true },
    ),
    shell: is.field(
      is.path,
      "Its shell: a program of the image, or in a store path, which then is in the image; " +
        "nologin or what the image has of that kind by default",
      { example: "/bin/bash" },
    ),
    useDefaultShell: is.field(
      is.flag,
      "true gives it users.defaultUserShell; so it is for normal users",
      { example: true },
    ),
    hashedPassword: is.field(
      is.text,
      "The hash of its password, from mkpasswd; none may log in without",
      { example: "$y$j9T$…" },
    ),
    initialHashedPassword: is.field(is.text, "The same, but a hash that the base has stays", {
      example: "$y$j9T$…",
    }),
    expires: is.field(
      is.matching(DAY, "must be a day such as 2027-01-31"),
      "Until when it may log in",
      { example: "2027-01-31" },
    ),
    subUidRanges: is.field(
      is.list(
        is.object({
          startUid: is.needed(is.whole(0), "The first ID"),
          count: is.field(is.whole(1), "How many; 1 by default"),
        }, "must be an object with startUid and count"),
        "must be a list",
      ),
      "User IDs that it may use in user namespaces (/etc/subuid)",
      { usual: [], example: [{ startUid: 100000, count: 65536 }] },
    ),
    subGidRanges: is.field(
      is.list(
        is.object({
          startGid: is.needed(is.whole(0), "The first ID"),
          count: is.field(is.whole(1), "How many; 1 by default"),
        }, "must be an object with startGid and count"),
        "must be a list",
      ),
      "Group IDs of the same kind (/etc/subgid)",
      { usual: [], example: [{ startGid: 100000, count: 65536 }] },
    ),
    autoSubUidGidRange: is.field(
      is.flag,
      "true gives it 65536 IDs of both kinds; so it is for normal users without ranges",
      { example: false },
    ),
    openssh: is.field(
      is.object({
        authorizedKeys: is.field(
          is.object({
            keys: is.field(names("keys"), "Public keys, as they are", {
              usual: [],
              example: ["ssh-ed25519 AAAA… alice"],
            }),
            keyFiles: is.field(
              is.list(is.path, "must be a list of paths"),
              "Files of public keys",
              { usual: [], example: ["alice.pub"] },
            ),
          }, "must be an object with keys and keyFiles"),
          "Who may log in as the user: /etc/ssh/authorized_keys.d/<name>, and .ssh in a home that is made",
        ),
      }, "must be an object with authorizedKeys"),
      "SSH",
    ),
  }, 'must be an object such as {"isNormalUser": true}');
}

/** Defines the fields of a group. */
export function defineGroup(is: Kinds) {
  return is.object({
    name: is.field(is.filled, "Its name; that of the field by default"),
    gid: is.field(
      is.whole(0),
      "Its ID; by default the base's, or the one in the file of ids, or the next free one from 999 downwards",
      { example: 4000 },
    ),
    members: is.field(
      is.list(is.filled, "must be a list of users"),
      "Users whose further group it is",
      { usual: [], example: ["alice"] },
    ),
  }, "must be an object such as {}");
}

/** A user as a SPEC has it. */
export interface UserSpec extends UserOptions {
  readonly openssh?:
    | {
      readonly authorizedKeys?:
        | {
          readonly keys?: readonly string[] | null | undefined;
          readonly keyFiles?: readonly string[] | null | undefined;
        }
        | null
        | undefined;
    }
    | null
    | undefined;
}

/** A group as a SPEC has it. */
export type GroupSpec = GroupOptions;
