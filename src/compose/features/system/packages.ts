/** `systemPackages` and `pathsToLink`: packages joined at the root, as NixOS's `system.path` is. */
import { namePaths } from "../../parts.ts";
import { defineFeature, type Kinds } from "../feature.ts";

/**
 * The folders that NixOS links.
 * @see https://github.com/NixOS/nixpkgs/blob/master/nixos/modules/config/system-path.nix
 */
export const LINKED = [
  "/bin",
  "/etc/xdg",
  "/etc/gtk-2.0",
  "/etc/gtk-3.0",
  "/lib",
  "/sbin",
  "/share/emacs",
  "/share/hunspell",
  "/share/nano",
  "/share/org",
  "/share/themes",
  "/share/vim-plugins",
  "/share/vulkan",
  "/share/kservices5",
  "/share/kservicetypes5",
  "/share/kxmlgui5",
  "/share/systemd",
  "/share/thumbnailers",
];

export const packages = defineFeature((is: Kinds) => ({
  systemPackages: is.field(
    is.paths,
    "Store paths or folders whose programs have links at the root (/bin), as NixOS's system.path",
    { usual: [], example: ["/nix/store/…-coreutils-9.7"] },
  ),
  pathsToLink: is.field(
    is.paths,
    'Folders of them that are linked, besides /bin, /lib, /sbin and a few in /etc and /share; "/" is all',
    { example: ["/share/doc"] },
  ),
}), {
  asides: ["pathsToLink"],
  add: ({ systemPackages, pathsToLink }, { own }, { folder }) => {
    const named = namePaths(systemPackages, { at: "", folder }, "systemPackages");
    if (named.length === 0) return {};
    const only = [...LINKED, ...[pathsToLink ?? []].flat().map(normalizeFolder)];
    return {
      own: { ...own, contents: [...own.contents, ...named.map((one) => ({ ...one, only }))] },
    };
  },
});

function normalizeFolder(folder: string): string {
  return `/${folder.split("/").filter((part) => part !== "").join("/")}`;
}
