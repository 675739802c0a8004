# What modules set without an option for it. `services.web` may be a service of the image, and modules
# of NixOS's set much that only a machine has; all else is a mistake. A module of these modules.
{ lib }:
let
  inherit (lib) types;
  # Sets are merged by name, and lazily: `anything` would ask what all of them are, and modules ask
  # `config` for some of them to say what others are.
  anything = lib.mkOptionType {
    name = "anything";
    merge = loc: defs:
      if builtins.all (def: builtins.isAttrs def.value && !(def.value ? outPath || def.value ? __functor)) defs
      then values.merge loc defs
      else types.anything.merge loc defs;
  };
  values = types.lazyAttrsOf anything;
in
{
  _file = ./undeclared.nix;
  options = {
    assertions = lib.mkOption { type = types.listOf types.anything; default = [ ]; description = "What must hold: assertion, and the message of the error."; };
    warnings = lib.mkOption { type = types.listOf types.str; default = [ ]; description = "What is told."; };
    meta = lib.mkOption { type = types.attrsOf types.anything; default = { }; visible = false; description = "Of a module, for people."; };
  };

  freeformType = lib.mkOptionType {
    name = "undeclared";
    check = builtins.isAttrs;
    merge = loc: defs: lib.recursiveUpdate (import ./surroundings.nix { inherit lib; }) (values.merge loc defs) // {
      _undeclared = map (def: { inherit (def) file; value = values.merge loc [ def ]; }) defs;
    };
  };
  # One that is always there, so that the merge above happens.
  config._undeclared = [ ];
}
