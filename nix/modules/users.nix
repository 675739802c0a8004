# `users` of modules as a SPEC has them: shells are programs, and one that nobody names is bash, as on
# NixOS, unless the base has its own.
{ lib, tools }:
{ users, from }:
let
  # A package that is a shell says where in it the program is.
  shellOf = shell:
    if !(builtins.isAttrs shell) then shell
    else "${shell}${shell.shellPath or "/bin/${shell.meta.mainProgram or (lib.getName shell)}"}";
  needsShell = user: user.isNormalUser or false && !(user ? shell);
  usual = if users.defaultUserShell != null then shellOf users.defaultUserShell
    else if from == null && builtins.any needsShell (builtins.attrValues users.users)
    then "${tools.shellOfImages}/bin/bash" else null;
in
builtins.mapAttrs (_: user: if user ? shell then user // { shell = shellOf user.shell; } else user) users.users
// lib.filterAttrs (_: value: value != null) {
  inherit (users) mutableUsers enforceIdUniqueness;
  defaultUserShell = usual;
}
