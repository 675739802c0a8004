# A service as NixOS's modules write them: for a whole machine, of which images have a part.
{ config, lib, pkgs, utils, ... }:
let
  cfg = config.services.pages;
  inherit (lib) mkDefault mkIf mkOption types;
  settings = pkgs.writeText "pages.conf" ''
    port ${toString cfg.port}
    six ${lib.boolToString config.networking.enableIPv6}
  '';
in
{
  options.services.pages = {
    enable = lib.mkEnableOption "pages";
    package = mkOption { type = types.package; default = pkgs.hello; };
    port = mkOption { type = types.int; default = 80; };
    user = mkOption { type = types.str; default = "pages"; };
    openFirewall = mkOption { type = types.bool; default = true; };
  };

  config = mkIf cfg.enable {
    assertions = [ { assertion = cfg.port > 0; message = "services.pages.port must be\n  more than 0\n"; } ];
    warnings = lib.optional (cfg.port < 1024) "services.pages: the port is a low one";

    networking.firewall.allowedTCPPorts = mkIf cfg.openFirewall [ cfg.port ];
    services.logrotate.settings.pages = builtins.mapAttrs (_: mkDefault) { files = [ "/var/log/pages/*.log" ]; };
    environment.etc."pages/pages.conf".source = settings;
    environment.systemPackages = [ cfg.package ];

    users.users = lib.optionalAttrs (cfg.user == "pages") {
      pages = { isSystemUser = true; group = "pages"; uid = config.ids.uids.pages; };
    };
    users.groups.pages.gid = config.ids.gids.pages;

    systemd.tmpfiles.rules = [ "d /var/lib/pages/cache 0750 ${cfg.user} pages 10d -" "L+ /var/lib/pages/link - - - - /etc" ];
    systemd.tmpfiles.settings."10-pages"."/var/lib/pages".d = { user = mkDefault cfg.user; mode = "0711"; };
    systemd.services.pages = {
      description = "Pages";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      restartTriggers = [ settings ];
      preStart = ''
        echo the pages are prepared
        stat -c '%n %a %U %G' /var/lib/pages /var/lib/pages/cache
      '';
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/hello ${utils.escapeSystemdExecArg "a b"}";
        User = cfg.user;
        RuntimeDirectory = "pages";
        ProtectHome = mkDefault true;
        CapabilityBoundingSet = [ "" ];
        Restart = "no";
      };
    };
    systemd.services.pages-clean = { startAt = "daily"; script = "echo cleaning"; };
  };
}
