# Reports what the modules say of themselves: what must hold, and what an image does not have, each
# once and by its name. That is no error, since modules of NixOS's are made for a whole machine.
{ lib, straysIn }:
evaluated:
let
  inherit (evaluated) config;
  failed = builtins.filter (each: !each.assertion) config.assertions;
  strays = evaluated.strays
    ++ builtins.concatLists (lib.mapAttrsToList straysIn config.systemd.services);
  oneLine = text: builtins.concatStringsSep " " (builtins.filter (word: builtins.isString word && word != "") (builtins.split "[ \n]+" text));
  warnings = map oneLine config.warnings
    ++ map (path: "nixoci.makeImage: ${path} is set, and an image has no such thing: left out") strays;
in
result:
if failed != [ ] then
  throw "nixoci.makeImage: ${builtins.concatStringsSep "; " (map (each: oneLine each.message) failed)}"
else builtins.foldl' (value: message: lib.warn message value) result warnings
