# nixpkgs' own examples, made by these functions: `dockerTools.examples.redis`.
{ pkgs, check, self }:
let
  place = "pkgs/build-support/docker/examples.nix";
  file = pkgs.path + "/${place}";
  make = import file;
in
if !(pkgs ? path && builtins.pathExists file) then
  check.refuse "dockerTools.examples" "are nixpkgs' (${place}), and are not found: pkgs.path has to be nixpkgs"
else make (builtins.intersectAttrs (builtins.functionArgs make)
  (pkgs // self // { pkgs = pkgs // { dockerTools = self; }; }))
