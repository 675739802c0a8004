# nixoci from its published package: nothing is built, and Node is all that it needs.
#   import ./nix/package/bundle.nix { inherit pkgs; src = pkgs.fetchurl { url = …; hash = …; }; }
{ pkgs
, lib ? pkgs.lib
, src # the package's tarball, or a folder with bin, dist/cli and LICENSE
, version ? "bundle"
, nodejs ? pkgs.nodejs
}:
import ./install.nix { inherit pkgs lib; } {
  name = "nixoci-${version}";
  inherit version nodejs;
  env = { inherit src; };
  prepare = ''
    mkdir package
    if [ -d "$src" ]; then
      cp -r "$src/bin" "$src/LICENSE" package/
      mkdir package/dist && cp -r "$src/dist/cli" package/dist/
    else
      tar -xzf "$src" -C package --strip-components=1
    fi
    cd package
  '';
}
