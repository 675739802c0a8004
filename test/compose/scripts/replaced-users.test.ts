/** What is said of users that a script adds without seeing those of the base. */
import { expect, it } from "vitest";
import { reportReplacedUsers } from "../../../src/compose/scripts/replaced-users.ts";
import type { CustomiseContext } from "../../../src/compose/customise/customisation.ts";
import type { MadeEntry } from "../../../src/recipe/mod.ts";

const file = (path: string): MadeEntry => ({ type: "file", path, content: "" });
const [passwd, group] = [file("/etc/passwd"), file("/etc/group")];

async function said(
  more: { isRoot?: boolean; seesBase?: boolean } = {},
  files: { before?: MadeEntry[]; after?: MadeEntry[]; below?: string[] } = {},
): Promise<string[]> {
  const { before = [], after = [passwd, group], below = ["/etc/passwd", "/etc/group"] } = files;
  const messages: string[] = [];
  const script = { field: "fakeRootCommands" as const, text: "", ownsFiles: true, isRoot: true };
  const baseTop = async () => new Map(below.map((place) => [place, "file"]));
  const onNotice = ({ message }: { message: string }) => void messages.push(message);
  const context = { baseTop, onNotice } as Partial<CustomiseContext> as CustomiseContext;
  await reportReplacedUsers({ ...script, seesBase: false, ...more }, { before, after }, context);
  return messages;
}

it("users whose files hide the base's are told of, with what to do", async () => {
  expect(await said()).toEqual([
    "fakeRootCommands: /etc/passwd and /etc/group hide the base's, which it does not see: " +
    "add users to those with runAsRoot",
  ]);
  expect(await said({}, { below: ["/etc/group"] })).toEqual([
    expect.stringContaining(": /etc/group hides the base's"),
  ]);
});

it("nothing is said where the base has none, or the script found or sees them, or is not at the root", async () => {
  expect(await said({}, { below: [] })).toEqual([]);
  expect(await said({}, { before: [passwd, group] })).toEqual([]);
  expect(await said({}, { after: [] })).toEqual([]);
  expect(await said({ seesBase: true })).toEqual([]);
  expect(await said({ isRoot: false })).toEqual([]);
});
