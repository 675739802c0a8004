# One blob of a registry, as a fixed output that is named by its digest alone: whoever else needs it,
# in whichever image, has it already. nixoci fetches it, with its own rules for registries.
{ pkgs, lib, tools }:
{ repository, digest, size, kind }:
let
  parts = lib.splitString ":" digest;
  algorithm = builtins.head parts;
  hex = lib.last parts;
  fetch = import ../fetch.nix { inherit pkgs lib tools; };
in
fetch "blob-${hex}" {
  inherit repository digest kind;
  size = toString size;
  outputHash = hex;
  outputHashAlgo = algorithm;
  outputHashMode = "flat";
  preferLocalBuild = true;
} ''
  nixoci lock blob --quiet "$repository@$digest" --kind "$kind" --size "$size" --output "''${outputs[out]}" > /dev/null
''
