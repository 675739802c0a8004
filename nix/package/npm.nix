# The packages of package-lock.json, each fetched by the hash that the lock has of it: no second hash
# is to be kept. Left out are links (a workspace brings Node for clones), what other machines need,
# and what only tests need.
{ lib, lock, wanted, os, cpu }:
let
  inherit (builtins) attrNames elem filter hasAttr listToAttrs;
  packages = lock.packages;

  # Where Node looks from a package's folder: beside what is in it, then beside it, and so on.
  find = from: name: let
    here = "${if from == "" then "" else from + "/"}node_modules/${name}";
    above = parentOf from;
  in if hasAttr here packages then here else if from == "" then null else find above name;

  parentOf = path: let parts = lib.splitString "/node_modules/" path; in
    if builtins.length parts > 1
    then builtins.concatStringsSep "/node_modules/" (lib.init parts)
    else "";

  fits = entry: (entry.link or false) == false
    && (!(entry ? os) || elem os entry.os) && (!(entry ? cpu) || elem cpu entry.cpu)
    # Node's own builds for Linux are made for glibc.
    && (!(entry ? libc) || elem "glibc" entry.libc);

  next = path: let entry = packages.${path}; in filter (each: each != null && fits packages.${each})
    (map (find path) (attrNames (entry.dependencies or { } // entry.optionalDependencies or { })));

  closure = builtins.genericClosure {
    startSet = map (name: { key = find "" name; }) wanted;
    operator = { key }: map (each: { key = each; }) (next key);
  };

  nameOf = path: lib.last (lib.splitString "node_modules/" path);
in
map ({ key }: let
  name = nameOf key;
  inherit (packages.${key}) version integrity;
  base = baseNameOf name;
in {
  path = key;
  inherit integrity;
  # nixpkgs knows the registry, and the mirrors of it.
  url = packages.${key}.resolved or "mirror://npm/${name}/-/${base}-${version}.tgz";
}) closure
