{
  description = "Move, pull, flatten and build container images: the program, and functions for Nix";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      forAll = make: nixpkgs.lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
      functionsOf = pkgs: import ./nix { inherit pkgs; };
    in
    {
      packages = forAll (pkgs: rec {
        nixoci = import ./nix/package { inherit pkgs; };
        default = nixoci;
      });

      apps = forAll (pkgs: rec {
        nixoci = {
          type = "app";
          program = "${self.packages.${pkgs.stdenv.hostPlatform.system}.nixoci}/bin/nixoci";
        };
        default = nixoci;
      });

      # The functions are no packages: `nixoci.legacyPackages.x86_64-linux.dockerTools`, or
      # `nixoci.lib.for pkgs` for a set of packages of yours.
      legacyPackages = forAll functionsOf;
      lib.for = functionsOf;

      overlays.default = import ./nix/overlay.nix;

      templates.default = {
        path = ./nix/template;
        description = "An image of store paths, with programs that load, push and publish it";
      };
    };
}
