# `environment`, `users`, `nix`: by NixOS's names. What is in them is checked where the image is made.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  fields = types.attrsOf types.anything;
  named = description: mkOption { type = types.attrsOf fields; default = { }; inherit description; };
  nullable = type: description: mkOption { type = types.nullOr type; default = null; inherit description; };
in
{
  options.environment = {
    etc = named "Files in /etc, by their place there: text or source, mode, user, group.";
    systemPackages = mkOption { type = types.listOf types.package; default = [ ]; description = "Packages whose programs have links at the root."; };
    pathsToLink = mkOption { type = types.listOf types.str; default = [ ]; description = "Folders of them that are linked, besides the usual ones."; };
  };
  options.users = {
    users = named "Users, by name.";
    groups = named "Groups, by name.";
    mutableUsers = nullable types.bool "false takes away users of the base that are not named here.";
    enforceIdUniqueness = nullable types.bool "false lets several have the same ID.";
    defaultUserShell = nullable (types.either types.package types.str) "The shell of normal users and root.";
  };
  options.nix = mkOption {
    type = fields;
    default = { };
    description = "Nix in the image: enable, package, settings and others.";
  };
}
