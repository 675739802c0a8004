# Closures as Nix describes them to a build: each path with its hash (of its NAR), size and references.
{ lib, tools }:
rec {
  closureOf = name: roots: tools.runCommand name {
    __structuredAttrs = true;
    exportReferencesGraph.graph = roots;
    # Small, of paths that are on this machine; but a cache may have it, so substitutes are allowed.
    preferLocalBuild = true;
    nativeBuildInputs = [ tools.jq ];
    # Not the other attributes: they name what has built this.
  } ''
    # In a sandbox Nix 2.8 names a place outside of it.
    file=$NIX_BUILD_TOP/.attrs.json
    [ -e "$file" ] || file=$NIX_ATTRS_JSON_FILE
    jq .graph "$file" > "$out"
  '';

  # The data of one root is a derivation of its own, which depends on no other root: who changes a
  # leaf builds the leaf, its data and the plan anew, and binary caches may have all of it.
  dataOf = root: let
    base = baseNameOf (builtins.unsafeDiscardStringContext "${root}");
    name = root.name or (builtins.substring 33 (-1) base);
  in closureOf (lib.strings.sanitizeDerivationName "layer-data-${name}") [ root ];
}
