/** Describes the run of a command as a script. */
import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { SandboxCommand, SandboxOptions } from "./command.ts";
import { describeCopy } from "./place/copy-place.ts";
import { formatCopyRun } from "./place/copy-script.ts";
import { formatInner } from "./place/inner-script.ts";
import { lendNetworkFiles } from "./place/network-files.ts";
import { describePlace, selectCopies, selectShares } from "./place/place.ts";
import { checkProgram } from "./place/program.ts";
import { formatRun } from "./place/scripts.ts";
import { checkUser, findUser } from "./place/user.ts";
import type { ProcessGroup } from "./system/cgroup.ts";
import { chooseFakeroot } from "./system/choose-fakeroot.ts";
import type { Fakeroot } from "./system/fakeroot.ts";
import type { SandboxHome } from "./system/home.ts";
import { diskIdOf } from "./system/mapping.ts";
import type { RunWay } from "./system/way.ts";
import type { BaseTree } from "./tree/base-tree.ts";
import type { BegunTree } from "./tree/begun.ts";
import { createTreeView } from "./tree/view.ts";

/** The means by which a command runs, and the files that it finds. */
export interface RunMeans {
  readonly home: SandboxHome;
  readonly way: RunWay;
  readonly tree: BaseTree;
  readonly begun: BegunTree;
}

/** The facts about a run. */
export interface RunFacts extends Pick<SandboxOptions, "onNotice"> {
  readonly folder: string;
  readonly group: ProcessGroup | undefined;
}

/** Describes the run as a script. */
export async function describeRun(
  asked: SandboxCommand,
  { way, tree, begun }: RunMeans,
  { folder, group, onNotice }: RunFacts,
): Promise<{ readonly text: string; readonly fakeroot?: Fakeroot | undefined }> {
  const { mapping } = way;
  const command = way.kind === "chroot" ? { ...asked, shares: await selectCopies(asked) } : asked;
  const files = createTreeView(tree, begun);
  const { find } = files;
  const shares = selectShares(command, find);
  const program = await checkProgram({ ...command, shares }, files);
  const fakeroot = chooseFakeroot(way, program.head, find, onNotice);
  const user = checkUser(await findUser(command.user || "0", files.readText), mapping);
  const { mode, uid, gid } = begun.find("") ?? tree.index.get("")!;
  const plan = {
    user,
    find,
    group,
    fakeroot,
    program: program.path,
    lent: lendNetworkFiles(command, find, folder),
  };
  const place = {
    lower: tree.index.size > 1 ? relative(folder, join(tree.folder, "tree")) : undefined,
    mode: mode.toString(8),
    owner: `${diskIdOf(mapping.uids, uid)}:${diskIdOf(mapping.gids, gid)}`,
    isBegun: begun.archive !== undefined,
    mostBytes: command.limits?.size,
  };
  if (way.kind === "disk" || way.kind === "memory") {
    const { words, ...planned } = describePlace(command, plan);
    writeFileSync(join(folder, "inner"), formatInner(words));
    return { text: formatRun({ ...place, ...planned, overlay: way.kind }), fakeroot };
  }
  const isRoot = mapping.kind !== "plain";
  return { text: formatCopyRun({ ...place, ...describeCopy(command, way.kind, plan), isRoot }) };
}
