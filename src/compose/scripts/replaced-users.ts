/** Users of a base that a script does not see, and whose files it writes anew. */
import type { MadeEntry } from "../../recipe/mod.ts";
import type { CustomiseContext } from "../customise/customisation.ts";
import type { LayerScript } from "./script.ts";

const OF_USERS = ["/etc/passwd", "/etc/group"];

/** Tells of users that a script at the root of a layer has made, and that hide those of the base. */
export async function reportReplacedUsers(
  { field, isRoot, seesBase }: LayerScript,
  { before, after }: Readonly<Record<"before" | "after", readonly MadeEntry[]>>,
  { baseTop, onNotice }: CustomiseContext,
): Promise<void> {
  if (!isRoot || seesBase) return;
  const isIn = (entries: readonly MadeEntry[], place: string) =>
    entries.some(({ path }) => path === place);
  const written = OF_USERS.filter((place) => isIn(after, place) && !isIn(before, place));
  if (written.length === 0) return;
  const below = await baseTop?.();
  const hidden = written.filter((place) => below?.has(place));
  if (hidden.length === 0) return;
  const what = `${hidden.join(" and ")} ${hidden.length === 1 ? "hides" : "hide"} the base's`;
  const message = `${field}: ${what}, which it does not see: add users to those with runAsRoot`;
  onNotice?.({ code: "HIDDEN", message });
}
