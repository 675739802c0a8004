# `image.*`: what nix-container-images' module of that name has.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  nullable = type: description: mkOption { type = types.nullOr type; default = null; inherit description; };
in
{
  options.image = {
    name = mkOption { type = types.strMatching "([A-Za-z0-9._-]+(:[0-9]+)?/)?([A-Za-z0-9._-]+/)*[A-Za-z0-9._-]+"; description = "The image's name."; };
    tag = nullable (types.strMatching "[A-Za-z0-9_][A-Za-z0-9._-]{0,127}") "Its tag; by default a hash of the plan.";
    from = nullable (types.either types.package types.path) "The base: an image of these functions, an archive or a layout.";
    inheritConfig = nullable (types.enum [ "none" "env" "all" ]) "What of the base's config stays: its variables by default.";
    run = mkOption { type = types.lines; default = ""; description = "A bash script that runs in the folder that becomes the root."; };
    env = mkOption { type = types.attrsOf types.str; default = { }; description = "Variables."; };
    entryPoint = mkOption { type = types.listOf types.str; default = [ ]; description = "The words that always run."; };
    command = mkOption { type = types.listOf types.str; default = [ ]; description = "The words behind them, or what runs by default."; };
    exposedPorts = mkOption {
      type = types.attrsOf types.anything;
      default = { };
      description = "Ports that it listens on, such as { \"80/tcp\" = { }; }.";
    };
    workingDir = nullable types.str "Where it runs.";
    user = nullable types.str "Who runs it.";
    labels = mkOption { type = types.attrsOf types.str; default = { }; description = "Labels."; };
    interactive = mkOption { type = types.bool; default = false; description = "Whether bash and coreutils are in it, for people."; };
    maxLayers = mkOption { type = types.ints.positive; default = 100; description = "How many layers at most, the base's included."; };
    architecture = nullable types.str "What it is for; that of the packages by default.";
  };
}
