# makeImage: an image of modules like NixOS's, on `lib.evalModules`. The options that are listed here
# exist, and those of NixOS's modules of services that are asked for: a module that sets another one is
# told so by name.
{ pkgs, lib, tools, check, image }:
module:
let
  evaluated = import ./evaluate.nix { inherit pkgs lib; refuse = check.refuse "nixoci.makeImage"; } module;
  inherit (evaluated) config options;
  own = config.image;
  inherit (import ./unit.nix { inherit lib pkgs tools; }) makeUnit straysIn;
  folders = import ./tmpfiles.nix { inherit lib; } config.systemd.tmpfiles;
  report = import ./strays.nix { inherit lib straysIn; }
    (evaluated // { strays = evaluated.strays ++ (if hasInit then folders.strays else folders.all); });
  filled = lib.filterAttrs (_: value: value != null && value != { } && value != [ ] && value != "");

  # A unit for a timer is none of the container's start.
  isWanted = name: unit: unit.enable
    && (unit.startAt or [ ] == [ ] || lib.warn "nixoci.makeImage: systemd.services.${name} runs at times (startAt), which an image's init does not have: left out" false);
  wanted = lib.filterAttrs isWanted config.systemd.services;
  units = lib.mapAttrsToList makeUnit wanted ++ lib.optional (hasInit && folders.script != "")
    (makeUnit "systemd-tmpfiles-setup" {
      description = "Folders of systemd.tmpfiles";
      before = map (name: "${name}.service") (builtins.attrNames (wanted // services));
      serviceConfig.Type = "oneshot";
      inherit (folders) script;
      unitConfig = { };
      environment = { };
      path = [ ];
    });
  services = lib.getAttrs evaluated.own (config.services or { }) // config.s6.services;
  hasInit = wanted != { } || services != { };

  run = filled {
    Env = lib.mapAttrsToList (name: value: "${name}=${value}") own.env;
    Entrypoint = own.entryPoint;
    Cmd = own.command;
    ExposedPorts = own.exposedPorts;
    WorkingDir = own.workingDir;
    User = own.user;
    Labels = own.labels;
  };
  packages = map (each: "${each}") config.environment.systemPackages;
  initPackages = if config.s6.package != [ ] then config.s6.package
    else [ pkgs.s6 pkgs.bash pkgs.coreutils ] ++ lib.optionals (pkgs ? gnugrep) [ pkgs.gnugrep pkgs.gnused ];
  started = filled {
    inherit services units;
    init = if hasInit then { program = "s6"; packages = map (each: "${each}") initPackages; } else null;
  };
  scripts = own.run != "";
  fields = started // filled {
    inherit (config.environment) etc pathsToLink;
    systemPackages = packages;
    users = import ./users.nix { inherit lib tools; } { inherit (config) users; inherit (own) from; };
    inherit (config.users) groups;
    nix = lib.optionalAttrs (config.nix.enable or false) { package = "${pkgs.nix}"; } // config.nix;
    image = filled {
      inherit (own) run;
      interactive = lib.optionals own.interactive [ "${tools.shellOfImages}" "${pkgs.coreutils}" ];
    };
  };

  plan = report (image.makePlan {
    name = "${baseNameOf own.name}-image.json";
    imageName = lib.toLower own.name;
    inherit (own) tag;
    inherit scripts;
    config = run;
    roots = [ ];
    # What the fields mention, in texts too: Nix finds it in a file of them.
    mentions = fields;
    spec = fields // {
      style = "dockertools";
      fromImage = image.baseOf own.from;
      "inherit" = own.inheritConfig;
      inherit (own) maxLayers;
      architecture = if own.architecture == null then tools.architecture else own.architecture;
      tools = if scripts then map (tool: "${tool}") tools.scriptTools else null;
    };
    inputs = lib.optionalAttrs scripts (image.scriptInputs "nixoci.makeImage" "image.run");
  });
in
image.makeArchive {
  name = "docker-image-${baseNameOf own.name}.tar.gz";
  inherit plan;
  passthru = { inherit plan; inherit (plan) imageTag; } // image.appsOf plan;
} // {
  inherit config options plan;
  # For pages: names, types, defaults and descriptions of all options, as lib.optionAttrSetToDocList has them.
  optionDocs = builtins.filter (option: option.visible && !option.internal) (lib.optionAttrSetToDocList options);
} // lib.optionalAttrs hasInit {
  init = import ./init.nix { inherit lib tools; } { name = baseNameOf own.name; spec = started; };
}
