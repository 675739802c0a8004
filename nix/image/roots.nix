# Roots: the store paths that an image's arguments name.
{ lib, function }:
let
  inherit (builtins) isString match;

  # A program within a package is fine in a config, but a root is a whole store path.
  isWithin = value: isString value && match "${builtins.storeDir}/[^/]+/.*" value != null;

  check = mayBeWithin: argument: value:
    let text = "${value}"; in
    if isWithin value && !mayBeWithin then
      throw "${function}: ${argument}: ${text} lies within a store path; name the store path itself"
    else if isString value && !(builtins.hasContext value) then
      throw "${function}: ${argument}: ${text} is a text without a derivation behind it, and no build would find it; write a path of Nix (./root), or builtins.storePath"
    else if isForeign value then
      throw "${function}: ${argument}: ${value.name} is a package for ${value.stdenv.hostPlatform.system}, and containers run Linux; take it from a set of packages for Linux, such as pkgsLinux, pkgsCross.musl64 or legacyPackages.x86_64-linux"
    else value;

  # Links and texts that were made on macOS are the same everywhere, packages are not.
  isForeign = value: lib.isDerivation value && value ? pname
    && !(value.stdenv.hostPlatform.isLinux or true);
in
{
  # A list of checked values, of an argument that may be null, one path, or a list.
  rootsOf = argument: value: if value == null then [ ] else map (check false argument) (lib.toList value);

  # The same of what is copied, which may be folders within store paths: `roots` are whole paths, and
  # `within` are texts, which bring the closures of theirs.
  copiedOf = argument: value: let
    paths = if value == null then [ ] else map (check true argument) (lib.toList value);
  in { inherit paths; roots = builtins.filter (each: !(isWithin each)) paths; within = builtins.filter isWithin paths; };
}
