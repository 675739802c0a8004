# What every image has, whichever function made it: a plan, and programs that bring it somewhere.
{ pkgs, lib, tools, check }:
{
  makePlan = import ./plan.nix { inherit lib tools; };
  inherit (import ./data.nix { inherit lib tools; }) closureOf dataOf;
  appsOf = import ./apps.nix { inherit lib tools; };
  inherit (import ./archive.nix { inherit lib tools check; }) endingOf makeArchive;
  makeStream = import ./stream.nix { inherit lib tools; };
  rootsFor = function: (import ./roots.nix { inherit lib function; }).rootsOf;
  copiesFor = function: (import ./roots.nix { inherit lib function; }).copiedOf;

  # The inputs of plans whose layers scripts make: what unshares, mounts, packs and keeps owners.
  scriptInputs = function: argument:
    if tools.isLinux then { nativeBuildInputs = [ tools.nixoci ] ++ tools.sandboxTools; }
    else check.refuse function "${argument} runs in Linux's namespaces, and these packages build on another system: take the function of packages for Linux (nixoci.lib.for legacyPackages.aarch64-linux), whose builds a Linux builder does; or make the files in a derivation, and copy them";

  # A base as a SPEC names it: of our own images the plan, whose layers need not be unpacked.
  baseOf = image: if image == null then null else "${image.plan or image}";

  # An image as the command line names it: of our own the plan, so that no archive is made only to be
  # read again.
  sourceOf = image: if image ? plan then "nix:${image.plan}"
    else if image.isLayout or false then "oci-dir:${image}"
    else "docker-archive:${image}";

  # A config without what is null, which other tools trip over; a lone program is a list of one.
  cleanConfig = config: let
    listed = name: value:
      if builtins.elem name [ "Cmd" "Entrypoint" "cmd" "entrypoint" ] && !(builtins.isList value)
      then [ value ] else value;
  in if config == null then { }
    else builtins.mapAttrs listed (lib.filterAttrs (_: value: value != null) config);
}
