# nixoci from this repository: bundled by rolldown, of the packages that package-lock.json names.
{ pkgs
, lib ? pkgs.lib
, src ? ../..
, nodejs ? pkgs.nodejs
}:
let
  info = lib.importJSON ../../package.json;
  platform = pkgs.stdenv.buildPlatform;
  parts = lib.splitString "-" platform.system;

  packages = import ./npm.nix {
    inherit lib;
    lock = lib.importJSON ../../package-lock.json;
    wanted = builtins.attrNames info.dependencies ++ [ "rolldown" ];
    os = lib.last parts;
    cpu = { x86_64 = "x64"; aarch64 = "arm64"; }.${builtins.head parts} or (builtins.head parts);
  };

  # Only what the bundle is made of: another document is no reason to build anew.
  source = builtins.path {
    name = "nixoci-source";
    path = src;
    filter = path: _: let
      place = lib.removePrefix (toString src + "/") (toString path);
    in builtins.match "(bin|src|transports|tools)(/.*)?|package.json|LICENSE" place != null
      && !(lib.hasPrefix "tools/node-runtime" place || baseNameOf place == "node_modules");
  };

  unpack = { path, integrity, url }: let
    tarball = pkgs.fetchurl { inherit url; hash = integrity; };
  in ''mkdir -p ${path}; tar -xzf ${tarball} -C ${path} --strip-components=1'';
in
import ./install.nix { inherit pkgs lib; } {
  name = "nixoci-${info.version}";
  inherit (info) version;
  inherit nodejs;
  prepare = ''
    mkdir work
    cp -r --no-preserve=mode ${source}/. work/
    cd work
    ${lib.concatMapStringsSep "\n    " unpack packages}
    ${nodejs}/bin/node tools/bundle.ts
    [ -f dist/cli/main.cjs ]
  '';
}
