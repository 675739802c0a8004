/** Users as runtimes know them: the rules of runc and Docker. */
import { describe, expect, it } from "vitest";
import { resolveUser } from "../../../src/unpack/bundle/user.ts";

const passwd = `# a comment
root:x:0:0:root:/root:/bin/sh
broken line
app:x:1000:1001::/home/app:/bin/sh
1234:x:7:8::/odd:/bin/sh
homeless:x:5:5:::
`;
const group = "root:x:0:root\nwheel:x:10:app,root\nvideo:x:44:other,app\napp:x:1001:app\n77:x:9:\n";

describe("resolveUser", () => {
  it.each([
    ["", 0, 0, [10], "/root"],
    ["root", 0, 0, [10], "/root"],
    ["app", 1000, 1001, [10, 44], "/home/app"],
    ["1000", 1000, 1001, [10, 44], "/home/app"],
    ["app:video", 1000, 44, [], "/home/app"],
    ["app:3", 1000, 3, [], "/home/app"],
    ["3:4", 3, 4, [], "/"],
    ["3", 3, 0, [], "/"],
    ["app:", 1000, 1001, [10, 44], "/home/app"],
    [":video", 0, 44, [], "/root"],
    ["1234", 7, 8, [], "/odd"], // a name before a number
    ["3:77", 3, 9, [], "/"],
    ["homeless", 5, 5, [], "/"],
  ])("resolves %j", (user, uid, gid, additionalGids, home) => {
    expect(resolveUser(user, { passwd, group })).toEqual({ uid, gid, additionalGids, home });
  });

  it("needs no database for numbers", () => {
    const none = { passwd: undefined, group: undefined };
    expect(resolveUser("5:6", none)).toMatchObject({ uid: 5, gid: 6 });
    expect(resolveUser("", none)).toEqual({ uid: 0, gid: 0, additionalGids: [], home: "/" });
  });

  it.each(["nobody", "app:nogroup", "-1", "4294967296", "0x10", "1.5", "app\n"])(
    "refuses %j, whom the image does not know",
    (user) => {
      expect(() => resolveUser(user, { passwd, group })).toThrow(/does not know/);
    },
  );
});
