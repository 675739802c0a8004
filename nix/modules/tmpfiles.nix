# Folders of `systemd.tmpfiles`, in NixOS's two ways to write them: `script` makes them, before all
# services; `strays` are the lines that say something else. The rules are those of tmpfiles.d(5).
{ lib }:
{ rules, settings }:
let
  inherit (builtins) concatLists concatStringsSep elemAt filter isString length match split;

  # Quotes, escapes and specifiers are left to systemd.
  word = "[A-Za-z0-9_./@:+-]+";
  isFolderType = type: match "[dDvqQ][-+!=~^$]*" type != null;

  ofRule = line: let
    words = filter (each: isString each && each != "") (split "[[:blank:]]+" line);
    at = index: if length words > index then elemAt words index else "-";
  in fill line { type = at 0; path = at 1; mode = at 2; user = at 3; group = at 4; };

  fill = line: { type, path, mode ? "-", user ? "-", group ? "-", ... }: let
    given = value: other: if value == "-" || value == "" then other else value;
  in {
    inherit line path;
    mode = given mode "0755";
    owner = "${given user "root"}:${given group "root"}";
    isFolder = isFolderType type && match "/${word}" path != null
      && match "[0-7]{3,4}" (given mode "0755") != null
      && match "${word}" (given user "root" + given group "root") != null;
  };

  ofSettings = concatLists (lib.mapAttrsToList (file: places: concatLists (lib.mapAttrsToList (path: types:
    lib.mapAttrsToList (type: fields: fill "${type} ${path} (${file})" (fields // { inherit type path; })) types) places)) settings);

  lines = map ofRule (filter (line: match "[[:blank:]]*(#.*)?" line == null) rules) ++ ofSettings;
  parted = lib.partition (each: each.isFolder) lines;
  tell = each: "systemd.tmpfiles: ${each.line}";
  make = { path, mode, owner, ... }: "mkdir -p ${path}\nchmod ${mode} ${path}\nchown ${owner} ${path}\n";
in
{
  all = map tell lines;
  strays = map tell parted.wrong;
  # Parents before what is in them.
  script = concatStringsSep "" (map make (builtins.sort (a: b: a.path < b.path) parted.right));
}
