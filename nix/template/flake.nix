{
  description = "An image";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    nixoci.url = "flake:nixoci"; # where you have it from, such as git+https://…
  };

  outputs = { self, nixpkgs, nixoci }:
    let
      inherit (nixpkgs.lib) genAttrs getExe;
      name = "registry.example/team/hello";
      tag = "latest";
      systems = [ "x86_64-linux" "aarch64-linux" ]; # what the image is for
      hosts = systems ++ [ "x86_64-darwin" "aarch64-darwin" ]; # where programs run
      functionsFor = system: nixoci.lib.for nixpkgs.legacyPackages.${system};
      appOf = program: { type = "app"; program = getExe program; };
    in
    {
      # nix build .#image                       a program that writes an archive
      # nix build .#image.plan                  what it is made of
      # nix run .#image.publish -- --dry-run    what would go to the registry
      packages = genAttrs systems (system: let pkgs = nixpkgs.legacyPackages.${system}; in rec {
        image = (functionsFor system).dockerTools.streamLayeredImage {
          inherit name tag;
          contents = [ pkgs.hello ];
          config.Cmd = [ "/bin/hello" ];
        };
        default = image;
      });

      # On Linux and macOS (where a Linux builder makes the images):
      # nix run .#load       into Docker
      # nix run .#publish    all systems, as one index
      apps = genAttrs hosts (host: let
        functions = functionsFor host;
        image = self.packages.${builtins.replaceStrings [ "darwin" ] [ "linux" ] host}.image;
      in {
        load = appOf (functions.appsFor image).load;
        publish = appOf (functions.joinImages {
          inherit name tag;
          images = map (system: self.packages.${system}.image) systems;
        });
      });
    };
}
