# nixoci's functions for Nix, over a set of packages.
#   nixoci = import ./nix { inherit pkgs; };
#   dockerTools = nixoci.dockerTools;
{ pkgs
, lib ? pkgs.lib
  # The program, for the machine that builds: a derivation with bin/nixoci.
, nixoci ? import ./package { pkgs = pkgs.buildPackages or pkgs; }
}:
let
  tools = import ./tools.nix { inherit pkgs lib nixoci; };
  check = import ./check { inherit lib; };
  image = import ./image { inherit pkgs lib tools check; };
  locks = import ./lock { inherit pkgs lib tools check; };
  layouts = {
    fetchBlob = import ./lock/blob.nix { inherit pkgs lib tools; };
    makeLayout = import ./lock/layout.nix { inherit lib tools; };
  };
in
{
  inherit nixoci;
  makeImage = import ./modules { inherit pkgs lib tools check image; };
  # The programs of an image whose packages are another machine's: `appsFor image` on macOS.
  appsFor = each: image.appsOf (each.plan or (check.refuse "nixoci.appsFor"
    "takes an image of these functions, and was given ${check.kinds.describe each}"));
  joinImages = import ./image/join.nix { inherit lib tools check image; };
  lib = { inherit (locks) fromLock fromLockFor; };
  nix2container = import ./nix2container { inherit pkgs lib tools check image layouts; };
  dockerTools = import ./docker-tools { inherit pkgs lib tools check image; };
}
