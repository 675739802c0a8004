# The text of a systemd unit, of NixOS's options for it; `strays` are those that say nothing of a unit.
{ lib, pkgs, tools }:
let
  inherit (builtins) attrNames concatLists concatMap concatStringsSep elem filter hasAttr isBool isList;

  # NixOS's options that are lines of a section, by what systemd calls them.
  unitLines = {
    description = "Description"; documentation = "Documentation";
    after = "After"; before = "Before"; requires = "Requires"; wants = "Wants"; bindsTo = "BindsTo";
    partOf = "PartOf"; requisite = "Requisite"; conflicts = "Conflicts"; upholds = "Upholds";
    onFailure = "OnFailure"; onSuccess = "OnSuccess";
    startLimitIntervalSec = "StartLimitIntervalSec"; startLimitBurst = "StartLimitBurst";
  };
  installLines = { wantedBy = "WantedBy"; requiredBy = "RequiredBy"; upheldBy = "UpheldBy"; aliases = "Alias"; };
  # Texts for a shell, each of which is a program of its own.
  scriptLines = {
    preStart = "ExecStartPre"; script = "ExecStart"; postStart = "ExecStartPost";
    reload = "ExecReload"; preStop = "ExecStop"; postStop = "ExecStopPost";
  };
  # What is about a system that changes while it runs, or about how NixOS writes units.
  silent = [
    "enable" "serviceConfig" "unitConfig" "environment" "path" "scriptArgs" "overrideStrategy" "name"
    "restartTriggers" "reloadTriggers" "restartIfChanged" "reloadIfChanged" "stopIfChanged"
    "notSocketActivated" "startAt" "enableStrictShellChecks" "enableDefaultPath"
  ];
  words = [ "After" "Before" "Requires" "Wants" "BindsTo" "PartOf" "Requisite" "Conflicts" "Upholds"
    "OnFailure" "OnSuccess" "WantedBy" "RequiredBy" "UpheldBy" "Alias" ];

  isSet = value: !(elem value [ null "" [ ] { } false ]);
  valueOf = value: if isBool value then lib.boolToString value else toString value;
  line = key: value:
    if value == null then [ ]
    else if isList value && elem key words then [ "${key}=${concatStringsSep " " (map valueOf value)}" ]
    else map (each: "${key}=${valueOf each}") (lib.toList value);
  section = title: lines: if lines == [ ] then "" else "[${title}]\n${concatStringsSep "\n" lines}\n";
  linesOf = set: concatLists (lib.mapAttrsToList line set);
  # Those of a table that the unit has.
  linesBy = table: unit: concatMap
    (field: if isSet (unit.${field} or null) then line table.${field} unit.${field} else [ ]) (attrNames table);

  # A value with a space, a quote or a backslash is one word all the same.
  assign = key: value: ''Environment="${key}=${builtins.replaceStrings [ "\\" "\"" "%" ] [ "\\\\" "\\\"" "%%" ] (toString value)}"'';

  # What units find beside their own packages, as in NixOS.
  usual = filter (each: each != null) [ pkgs.coreutils (pkgs.findutils or null) (pkgs.gnugrep or null) (pkgs.gnused or null) ];
  pathOf = unit: lib.makeBinPath (unit.path ++ lib.optionals (unit.enableDefaultPath or true) usual);
in
{
  makeUnit = name: unit: let
    program = field: pkgs.writeScript "${name}-${field}" "#!${pkgs.runtimeShell}\nset -e\n${unit.${field}}";
    arguments = field: lib.optionalString (field == "script" && isSet (unit.scriptArgs or "")) " ${unit.scriptArgs}";
    scripts = concatMap (field: lib.optional (isSet (unit.${field} or ""))
      "${scriptLines.${field}}=${program field}${arguments field}") (attrNames scriptLines);
    variables = lib.optionalAttrs (pathOf unit != "") { PATH = pathOf unit; }
      // lib.filterAttrs (_: value: value != null) unit.environment;
  in {
    name = "${name}.service";
    text = section "Unit" (linesBy unitLines unit ++ linesOf unit.unitConfig)
      + section "Service" (lib.mapAttrsToList assign variables ++ scripts ++ linesOf unit.serviceConfig)
      + section "Install" (linesBy installLines unit);
  };

  straysIn = name: unit: map (field: "systemd.services.${name}.${field}") (filter
    (field: !(elem field silent || hasAttr field unitLines || hasAttr field installLines || hasAttr field scriptLines)
      && isSet unit.${field})
    (attrNames unit));
}
