# `s6.services`: programs that run together; `systemd.services`: the same as units. `services` has no
# option, since modules of NixOS's declare theirs in it: what has none is a program of the image.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  fields = types.attrsOf types.anything;
in
{
  options = {
    s6 = {
      services = mkOption { type = types.attrsOf fields; default = { }; description = "Programs that run together in the image, by their names: execStart or script, type, user, after and others. `services` may have them, too."; };
      package = mkOption { type = types.listOf types.package; default = [ ]; description = "Packages that have s6, a shell and coreutils; those of pkgs by default."; };
    };
    systemd.tmpfiles = {
      rules = mkOption { type = types.listOf types.str; default = [ ]; description = "Lines of tmpfiles.d; those of folders count, where the image has services."; };
      settings = mkOption { type = fields; default = { }; description = "The same by file, path and type."; };
    };
    systemd.services = mkOption {
      type = types.attrsOf (types.submodule {
        freeformType = fields;
        options = {
          enable = mkOption { type = types.bool; default = true; description = "false leaves the unit out."; };
          serviceConfig = mkOption { type = fields; default = { }; description = "Lines of the section Service."; };
          unitConfig = mkOption { type = fields; default = { }; description = "Lines of the section Unit."; };
          environment = mkOption { type = fields; default = { }; description = "Variables."; };
          script = mkOption { type = types.lines; default = ""; description = "What runs, as a text for bash."; };
          preStart = mkOption { type = types.lines; default = ""; description = "What runs before."; };
          path = mkOption { type = types.listOf types.anything; default = [ ]; description = "Packages whose programs it finds."; };
        };
      });
      default = { };
      description = "Units of systemd, by NixOS's options; the image's own init runs them.";
    };
  };
}
