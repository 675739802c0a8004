# dockerTools.streamNixShellImage and buildNixShellImage: an image with the environment of a
# derivation.
{ pkgs, lib, tools, check, image }:
let
  inherit (check) optional required;
  inherit (check.kinds) nullable text number derivation tag imageName place path;
in
import ./shell-plan.nix {
  inherit pkgs lib tools check image;
  inherit (import ./arguments.nix { inherit tools check; }) compressor;
  arguments = {
    drv = required derivation;
    name = optional (nullable imageName) null;
    tag = optional tag null;
    uid = optional number 1000;
    gid = optional number 1000;
    homeDirectory = optional place "/build";
    shell = optional path "${tools.shellOfImages}/bin/bash";
    command = optional (nullable text) null;
    run = optional (nullable text) null;
  };
}
