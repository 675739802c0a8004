{ lib, config, pkgs }: { escapeSystemdExecArg = value: ''"${value}"''; }
