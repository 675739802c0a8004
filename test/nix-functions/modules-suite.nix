# Images of modules, and modules that are wrong.
{ pkgs, lib, functions }:
let inherit (functions) makeImage; in
{
  modules = makeImage ({ pkgs, ... }: {
    image = {
      name = "Modules";
      tag = "1";
      entryPoint = [ "${pkgs.hello}/bin/hello" ];
      env.A = "b c";
      exposedPorts."80/tcp" = { };
      run = "echo x > made";
    };
    environment.systemPackages = [ pkgs.bash pkgs.coreutils ];
    environment.etc.motd.text = "from ${pkgs.busybox}\n";
    users.users.alice = { isNormalUser = true; uid = 1000; shell = pkgs.bash; };
  });

  services = (makeImage ({ pkgs, ... }: {
    image.name = "services";
    services.web.execStart = "${pkgs.hello}/bin/hello";
    systemd.services.app = {
      description = "App";
      after = [ "a.service" "b.service" ];
      environment.X = "a \"b\"";
      serviceConfig = { ExecStart = [ "" "/bin/app" ]; Restart = "always"; };
    };
    systemd.services.off = { enable = false; script = "off"; };
  })).plan.spec;

  wrongModules = let image = more: (makeImage ({ ... }: { imports = [ more ]; image.name = "x"; })).plan; in {
    namespace = image { imag.tag = "1"; };
    option = image { image.tagg = "1"; };
    name = makeImage { image.name = "x:1"; };
    slash = image { image.tag = "a/b"; };
    unknown = image { services.nothing.enable = true; };
    twice = image { services.twice.enable = true; };
    ofModule = image { services.pages = { enable = true; prot = 80; }; };
    assertion = image { services.pages = { enable = true; port = 0; }; };
    noNixos = (import ../.. { inherit lib; pkgs = removeAttrs pkgs [ "path" ]; inherit (functions) nixoci; }).makeImage
      { image.name = "x"; services.pages.enable = true; };
    # Not wrong: imported by its path, and of one's own, by the same name.
    imported = image ({ modulesPath, config, ... }: {
      imports = [ "${modulesPath}/services/web-servers/pages.nix" ];
      services.pages.enable = true;
      services.mine.execStart = "${config.services.pages.package}/bin/hello";
    });
    mine = image { services.pages = { enable = true; execStart = "${pkgs.hello}/bin/hello"; }; };
  };
}
