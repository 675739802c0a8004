# What NixOS's modules of services read beside their own options, and an image does not have: options
# of a whole machine. These are the values that they find.
{ lib }:
{
  boot = { isContainer = true; kernel.sysctl = { }; kernelPackages.kernel.version = "6.12"; };
  environment = { variables = { }; sessionVariables = { }; };
  i18n.defaultLocale = "C.UTF-8";
  networking = { enableIPv6 = true; hostName = "localhost"; domain = null; hosts = { }; proxy.envVars = { }; };
  programs = { };
  security = {
    acme = { certs = { }; defaults = { }; acceptTerms = false; };
    dhparams = { enable = false; params = { }; };
    polkit.enable = false;
    sudo.enable = false;
    wrappers = { };
  };
  system = { stateVersion = lib.trivial.release; build = { }; };
  systemd = { sockets = { }; timers = { }; };
  time.timeZone = null;
}
