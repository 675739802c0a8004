/** An image of hostile names, and one of many files. */
import { exploreImage } from "../../src/explore/data.ts";
import { stack } from "../flatten/support/stack.ts";

export const SCRIPTED =
  "etc/</script><script>document.title='owned'</script><img src=x onerror=alert(1)>";
export const REORDERED = "etc/\u202egnp.exe\u001b[31m";
export const [APP, LIB] = [["a", "app-1.0"], ["b", "lib-2.0"]]
  .map(([hash, name]) => `/nix/store/${hash!.repeat(32)}-${name}`) as [string, string];

export async function hostileImage() {
  return await exploreImage(
    await stack([
      [{ path: SCRIPTED, text: "1" }, { path: REORDERED, text: "22" }, "etc/gone: 333"],
      [`${LIB.slice(1)}/lib.so: 4444`, `${APP.slice(1)}/bin/app: needs ${LIB}`, "etc/.wh.gone: "],
    ]),
    "an image called <b>",
  );
}
