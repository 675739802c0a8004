/** Users from a file of htpasswd's, and what each may do. */
import { NixociError } from "../../../base/errors.ts";
import { readFile } from "../../../bytes/disk/file.ts";
import { collectStream } from "../../../bytes/stream.ts";
import {
  accessOf,
  type Around,
  type CheckPassword,
  createBasicAuth,
  createRefusal,
} from "../../../serve/mod.ts";
import { createSharedWork } from "../../../bytes/flow/shared-work.ts";

const LARGEST = 10_000_000;

/** The users of a registry, and who of them may change what is in it. */
export interface ServeUsers {
  readonly check: CheckPassword;
  isWriter(user: string): boolean;
}

/**
 * Reads the users of the file.
 * @param writers those who may push and delete; everybody in the file without it.
 * @throws NixociError `MALFORMED` for a line that is none, or whose password is hashed in another way
 * than bcrypt; `USAGE` for a writer who is not in the file.
 */
export async function readUsers(
  file: string,
  writers: readonly string[] | undefined,
): Promise<ServeUsers> {
  const hashes = parseHtpasswd(String(await collectStream(readFile(file), LARGEST, file)), file);
  const unknown = writers?.find((writer) => !hashes.has(writer));
  if (unknown !== undefined) {
    throw new NixociError("USAGE", `--writer: ${file} has no user ${unknown}`);
  }
  return {
    check: await createBcryptCheck(hashes),
    isWriter: (user) => writers?.includes(user) ?? true,
  };
}

/** Makes what lets in those users alone, by their passwords. */
export function createUserAuth({ check, isWriter }: ServeUsers): Around {
  const auth = createBasicAuth(check);
  return (call, next) =>
    auth(call, async (call) => {
      const isRead = accessOf(call).every(({ actions }) => actions.every((one) => one === "pull"));
      if (isRead || isWriter(call.user ?? "")) return await next(call);
      return createRefusal(`${call.user} may pull only`);
    });
}

/** Parses the lines `user:hash`. */
function parseHtpasswd(text: string, file: string): ReadonlyMap<string, string> {
  const users = new Map<string, string>();
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, user = "", hash = ""] = /^([^:]+):(\$2[aby]\$\d\d\$[./A-Za-z0-9]{53})$/.exec(line) ??
      [];
    if (user === "") {
      throw new NixociError(
        "MALFORMED",
        `${file}, line ${at + 1}: it is not a user with a bcrypt hash`,
        {
          hint: "make it with htpasswd -B",
        },
      );
    }
    users.set(user, hash);
  }
  return users;
}

// Compared with when there is no such user: the time that it takes tells nothing.
const NOBODY = "$2b$10$CwTycUXWue0Thq9StjUM0uJ8N1n4Pq7F3g1hF3m7n5X2Z6bR6Q4Zy";

// bcrypt takes a tenth of a second by design: a client that comes with each blob does not wait again.
const REMEMBERED = 1_000;

/** Makes a check of passwords that remembers those that were right, and makes one of many at a time. */
async function createBcryptCheck(hashes: ReadonlyMap<string, string>) {
  const { compare } = await import("bcryptjs");
  const { createHmac, randomBytes } = await import("node:crypto");
  const key = randomBytes(32);
  const right = new Set<string>();
  const share = createSharedWork<boolean>();
  return async (user: string, password: string): Promise<boolean> => {
    const mark = createHmac("sha256", key).update(JSON.stringify([user, password])).digest("hex");
    if (right.has(mark)) return true;
    return await share(mark, async () => {
      const hash = hashes.get(user);
      const isRight = await compare(password, hash ?? NOBODY) && hash !== undefined;
      if (isRight && right.size < REMEMBERED) right.add(mark);
      return isRight;
    });
  };
}
