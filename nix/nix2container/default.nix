# nix2container, made by nixoci: the same names, arguments, defaults and attributes.
{ pkgs, lib, tools, check, image, layouts }:
let
  inherit (import ./build-layer.nix { inherit lib tools check image; }) buildLayer;
  inherit (import ./build-image.nix { inherit lib tools check image; }) buildImage;
  pulls = import ./pull.nix { inherit pkgs lib tools check layouts; };
in
{
  inherit buildImage buildLayer;
  inherit (pulls) pullImage pullImageFromManifest;
}
