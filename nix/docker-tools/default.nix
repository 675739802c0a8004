# dockerTools, made by nixoci: the same names, arguments, defaults and attributes.
{ pkgs, lib, tools, check, image }:
let
  self = {
    inherit (import ./layered.nix { inherit lib tools check image; })
      streamLayeredImage buildLayeredImage buildLayeredImageWithNixDb;
    inherit (import ./build-image.nix { inherit lib tools check image; })
      buildImage buildImageWithNixDb;
    inherit (import ./shell.nix { inherit pkgs lib tools check image; })
      streamNixShellImage buildNixShellImage;
    pullImage = import ./pull-image.nix { inherit pkgs lib tools check; };
    exportImage = import ./export-image.nix { inherit lib tools check image; };
    mergeImages = import ./merge-images.nix { inherit lib tools check image; };
    inherit (import ./parts.nix { inherit pkgs lib tools check; })
      shellScript mergeDrvs tarsum runWithOverlay mkPureLayer mkRootLayer;
    inherit (import ./helpers.nix { inherit pkgs tools; }) shadowSetup usrBinEnv binSh caCertificates;
    examples = import ./examples.nix { inherit pkgs check self; };
    tests = check.refuse "dockerTools.tests"
      "are virtual machines that try nixpkgs' own functions: take pkgs.nixosTests.docker-tools";
    fakeNss = pkgs.fakeNss or (lib.makeOverridable (import ./fake-nss.nix { inherit pkgs lib; }) { });
  };
in
self
