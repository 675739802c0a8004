# Evaluates the modules of an image, and with them those of NixOS's that it asks for. Returns what
# `lib.evalModules` does, `own`: the services that the image's own modules set, and `strays`: what
# NixOS's modules set that an image does not have.
{ pkgs, lib, refuse }:
module:
let
  inherit (builtins) attrNames concatMap filter head isAttrs length match pathExists;
  nixos = if pkgs ? path then "${toString pkgs.path}/nixos" else null;
  has = file: nixos != null && pathExists "${nixos}/${file}";
  isNixos = has "modules/module-list.nix";
  missing = what: refuse "${what} is NixOS's, and ${
    if nixos == null then "these packages do not say where nixpkgs is (pkgs.path)" else "there is no NixOS in ${nixos}"
  }";

  evaluate = found: lib.evalModules {
    specialArgs.modulesPath = if isNixos then "${nixos}/modules" else missing "modulesPath";
    modules = [
      ./image.nix
      ./system.nix
      ./services.nix
      (import ./undeclared.nix { inherit lib; })
      ({ config, ... }: {
        _module.args = {
          inherit pkgs;
          utils = if has "lib/utils.nix" then import "${nixos}/lib/utils.nix" { inherit lib config pkgs; }
            else missing "the module argument utils";
        };
      })
    ] ++ lib.optional (has "modules/misc/ids.nix") "${nixos}/modules/misc/ids.nix" ++ lib.toList module ++ found;
  };

  isOfNixos = def: isNixos && lib.hasPrefix "${nixos}/" (toString def.file);
  undeclaredIn = evaluated: map (def: def // { value = removeAttrs def.value [ "_undeclared" ]; }) evaluated.config._undeclared;

  # `services.nginx.enable = true`, and nothing that would start a program of one's own.
  isAsked = definitions: builtins.any (each: each ? enable) definitions
    && !(builtins.any (each: each ? execStart || each ? script) definitions);
  askedIn = evaluated: let
    all = map (def: def.value.services or { }) (filter (def: !(isOfNixos def)) (undeclaredIn evaluated));
    of = name: map (each: each.${name}) (filter (each: isAttrs each.${name} or null) all);
  in filter (name: isAsked (of name)) (lib.unique (concatMap attrNames all));

  moduleOf = name: let
    fits = path: match ".*/services/.*/${lib.escapeRegex name}(/default)?\\.nix" (toString path) != null;
    files = filter fits (import "${nixos}/modules/module-list.nix");
  in
    if !isNixos then missing "services.${name}.enable, without execStart and script,"
    else if length files == 1 then head files
    else refuse "services.${name}: ${if files == [ ] then "no module of NixOS has that name"
      else "several modules of NixOS have that name, ${builtins.concatStringsSep ", " (map toString files)}"}; import the one that is meant: imports = [ \"\${modulesPath}/services/…\" ]";

  first = evaluate [ ];
  asked = askedIn first;
  evaluated = if asked == [ ] then first else evaluate (map moduleOf asked);

  # The paths of values, three names deep.
  pathsOf = path: value:
    if isAttrs value && !(lib.isDerivation value) && value != { } && length path < 3
    then concatMap (name: pathsOf (path ++ [ name ]) value.${name}) (attrNames value)
    else [ { name = builtins.concatStringsSep "." path; inherit value; } ];
  firstIn = value: (head (pathsOf [ ] value)).name;

  declared = evaluated.options.services or { };
  by = def: lib.optionalString (toString def.file != "<unknown-file>") ", which ${toString def.file} sets";
  servicesIn = def: let
    others = removeAttrs def.value [ "services" ];
    services = def.value.services or { };
    wrong = builtins.intersectAttrs declared services;
  in
    if others != { } then refuse "there is no option ${firstIn others}${by def}"
    else if wrong != { } then refuse "NixOS's module has no option ${firstIn { services = wrong; }}${by def}"
    else attrNames services;

  undeclared = lib.partition isOfNixos (undeclaredIn evaluated);
  strays = filter (each: !(builtins.elem each.value [ { } [ ] null false ]))
    (concatMap (def: pathsOf [ ] def.value) undeclared.right);
in
evaluated // {
  own = lib.unique (concatMap servicesIn undeclared.wrong);
  strays = lib.unique (map (each: each.name) strays);
}
