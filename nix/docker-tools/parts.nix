# dockerTools' own parts. Those that have a meaning here are here; of the rest, which make the pieces of
# nixpkgs' archives, each says what is used instead.
{ pkgs, lib, tools, check }:
let
  inherit (check) optional required refuse;
  inherit (check.kinds) flag list;
  absent = name: instead: _: refuse "dockerTools.${name}"
    "makes a piece of nixpkgs' own archives, and is not here: take ${instead}, or pkgs.dockerTools.${name}";
in
{
  # A script with coreutils at hand.
  shellScript = name: text: tools.writeScript name ''
    #!${tools.runtimeShell}
    set -e
    export PATH=${pkgs.coreutils}/bin:/bin
    ${text}
  '';

  # The files of several derivations in one folder, later ones over earlier ones.
  mergeDrvs = check.define "dockerTools.mergeDrvs" {
    derivations = required list;
    onlyDeps = optional flag false;
  } (args: _: tools.runCommand "merge-drvs" { inherit (args) derivations onlyDeps; } ''
    if [ -n "$onlyDeps" ]; then echo $derivations > $out; exit 0; fi
    mkdir $out
    for each in $derivations; do
      if [ -d "$each" ]; then cp -drf --preserve=mode "$each"/. $out/; chmod u+w $out
      else tar -C $out -xpf "$each"; fi
    done
  '');

  tarsum = pkgs.tarsum or (refuse "dockerTools.tarsum" "is nixpkgs' program, and these packages do not have it: take `nixoci digest`");
  runWithOverlay = absent "runWithOverlay" "buildImage with runAsRoot, or `nixoci run`";
  mkPureLayer = absent "mkPureLayer" "buildImage with copyToRoot and extraCommands";
  mkRootLayer = absent "mkRootLayer" "buildImage with runAsRoot";
}
