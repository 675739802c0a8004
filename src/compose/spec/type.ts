/** The type of a SPEC, made by `npm run docs` from the fields in src/compose/features. */

/** A SPEC as it is written. */
export type Spec = {
  /** Where the schema is, for editors */
  $schema?: string | null | undefined;
  /** Whose bytes and defaults: dockertools (the default) or nix2container */
  style?: "dockertools" | "nix2container" | null | undefined;
  /** The image's name, such as app or registry.example/team/app; in lower case */
  name?: string | null | undefined;
  /** Its tag; by default a hash of what is in the image */
  tag?: string | null | undefined;
  /** Store paths to include, with all that they refer to */
  deps?: string | string[] | null | undefined;
  /** Store paths or directories whose files are copied to the image's root */
  copyToRoot?: string | string[] | null | undefined;
  /** Modes and owners of files */
  perms?:
    | ({
      /** The store path or directory whose files it is about */
      path: string;
      /** Files of it, by their path at the source; the last that matches wins */
      regex: string;
      /** Permission bits, in octal */
      mode?: string | null | undefined;
      /** Owner; 0 when left out */
      uid?: number | null | undefined;
      /** Group; 0 when left out */
      gid?: number | null | undefined;
      /** Owner's name */
      uname?: string | null | undefined;
      /** Group's name */
      gname?: string | null | undefined;
    })[]
    | null
    | undefined;
  /** How many layers at most: by default 100 (dockertools) or 1 (nix2container and explicit layers) */
  maxLayers?: number | null | undefined;
  /** Store paths or directories whose files have links at the image's root, in its last layer */
  contents?: string | string[] | null | undefined;
  /** Files at the root that programs expect */
  helpers?:
    | {
      /** /usr/bin/env: coreutils' store path, or the program in one */
      usrBinEnv?: string | null | undefined;
      /** /bin/sh: bash's store path, or the shell in one */
      binSh?: string | null | undefined;
      /** Certificates where programs look for them: cacert's store path, or the file in one */
      caCertificates?: string | null | undefined;
      /** /lib64/ld-linux-x86-64.so.2, for programs of other distributions: glibc's store path, or the loader */
      loader?: string | null | undefined;
      /** /bin/tmate, start-tmate and bash-tmate, to look into a job that failed: tmate's store path, or the program */
      tmate?: string | null | undefined;
      /** Users root and nobody, and others */
      fakeNss?:
        | {
          /** Lines of /etc/passwd between root and nobody */
          extraPasswdLines?: string[] | null | undefined;
          /** Lines of /etc/group between root and nobody */
          extraGroupLines?: string[] | null | undefined;
        }
        | boolean
        | null
        | undefined;
      /** Files that useradd and groupadd need, where the base has none: true, or root's shell */
      shadowSetup?: string | boolean | null | undefined;
      /** /tmp, for everybody */
      tmp?: boolean | null | undefined;
      /** /bin/export-profile, which makes the root of a last stage */
      exportProfile?: boolean | null | undefined;
      /** /run/profile, a link to the root: its bin has the programs */
      runProfile?: boolean | null | undefined;
    }
    | null
    | undefined;
  /** The base image: an archive, a layout or a plan by its path, or scheme:location */
  fromImage?: string | null | undefined;
  /** Which image of a base archive; with fromImageTag */
  fromImageName?: string | null | undefined;
  /** Which image of a base archive; with fromImageName */
  fromImageTag?: string | null | undefined;
  /** How containers run: Cmd, Env, User … of the image specification, keys in any case */
  config?:
    | {
      [name: string]: unknown;
    }
    | null
    | undefined;
  /** What of the base image's config stays: env by default (none in style nix2container); all where flags alone describe the image */
  inherit?: "none" | "env" | "all" | null | undefined;
  /** As Go names it (amd64, arm64 …) or Nix (x86_64, aarch64 …); by default the base's or the host's */
  architecture?: string | null | undefined;
  /** nix2container's name for architecture */
  arch?: string | null | undefined;
  /** linux by default */
  os?: string | null | undefined;
  /** Of the architecture: v7, v8 … */
  variant?: string | null | undefined;
  /** When the image was made, or "now"; by default 1970-01-01T00:00:01Z (0001-01-01T00:00:00Z in style nix2container) */
  created?: string | null | undefined;
  /** When its files changed, or "now"; one second after 1970 by default */
  mtime?: string | null | undefined;
  /** Owner of all files; 0 by default */
  uid?: number | null | undefined;
  /** Group of all files; 0 by default */
  gid?: number | null | undefined;
  /** Owner's name; root by default */
  uname?: string | null | undefined;
  /** Group's name; root by default */
  gname?: string | null | undefined;
  /** How paths are grouped into layers: popularity (nix2container's), auto (dockerTools'), popularity-contest (dockerTools' before nixpkgs 25.05), size-aware (as few bytes as possible move when something changes) */
  layering?: "popularity" | "popularity-contest" | "auto" | "size-aware" | null | undefined;
  /** How paths are grouped into layers, as nixpkgs' layeringPipeline; maxLayers is ignored then */
  layeringPipeline?: unknown[] | null | undefined;
  /** Explicit layers, whose paths the others leave out */
  layers?: (string | LayerSpec)[] | null | undefined;
  /** false leaves the store out: only what copyToRoot brings is there */
  includeStorePaths?: boolean | null | undefined;
  /** false leaves what copyToRoot names out of the store, unless something refers to it there; true by default, but not where flags alone describe the image, and never in style nix2container */
  copiesInStore?: boolean | null | undefined;
  /** true puts what is copied to the root, and after it the store paths of the image, into one layer, with the bytes of dockerTools' buildImage; what is copied is in the store then only where something in the image refers to it */
  singleLayer?: boolean | null | undefined;
  /** true makes a last layer though nothing is in it, as dockerTools' layered images have one */
  emptyLayer?: boolean | null | undefined;
  /** true keeps links to folders in what copyToRoot names (rsync -K); false makes folders of those in store paths (rsync -k), which is dockerTools' default */
  keepContentsDirlinks?: boolean | null | undefined;
  /** Store paths or folders whose programs have links at the root (/bin), as NixOS's system.path */
  systemPackages?: string | string[] | null | undefined;
  /** Folders of them that are linked, besides /bin, /lib, /sbin and a few in /etc and /share; "/" is all */
  pathsToLink?: string | string[] | null | undefined;
  /** A profile of Nix, with all that it needs, as export-profile writes it: /run/profile, /etc, /usr/bin/env and /bin/sh; PATH names its bin where nothing else does */
  profile?: string | null | undefined;
  /** Of nix-container-images: a script, and packages for people */
  image?:
    | {
      /** A bash script that runs after extraCommands, in the folder of the customisation layer */
      run?: string | null | undefined;
      /** For people who work in it: the store paths of a shell and of coreutils, which are linked as systemPackages are; or true, which proves that the image has them */
      interactive?: boolean | string | string[] | null | undefined;
    }
    | null
    | undefined;
  /** Users, by name, with NixOS's options */
  users?:
    | {
      /** false takes away users and groups of the base that the SPEC does not name; true by default */
      mutableUsers?: boolean | null | undefined;
      /** false lets several have the same ID; true by default */
      enforceIdUniqueness?: boolean | null | undefined;
      /** The shell of normal users and root; bash or sh by default, where the image has them */
      defaultUserShell?: string | null | undefined;
      [name: string]:
        | {
          /** false leaves the user out */
          enable?: boolean | null | undefined;
          /** Its name; that of the field by default */
          name?: string | null | undefined;
          /** The comment in /etc/passwd, such as a full name */
          description?: string | null | undefined;
          /** Its ID; by default the base's, or the one in the file of ids, or the next free one: from 1000 upwards for normal users, from 999 downwards for system users */
          uid?: number | null | undefined;
          /** true for a person: group users, a home in /home that is made, the default shell, subordinate IDs */
          isNormalUser?: boolean | null | undefined;
          /** true for a program; it needs a group */
          isSystemUser?: boolean | null | undefined;
          /** Its first group; users for normal users */
          group?: string | null | undefined;
          /** Its other groups */
          extraGroups?: string[] | null | undefined;
          /** Its home; /home/<name> for normal users, /var/empty for others */
          home?: string | null | undefined;
          /** The mode of a home that is made; 700 by default */
          homeMode?: string | null | undefined;
          /** true makes the home, with its owner; so it is for normal users */
          createHome?: boolean | null | undefined;
          /** Its shell: a program of the image, or in a store path, which then is in the image; nologin or what the image has of that kind by default */
          shell?: string | null | undefined;
          /** true gives it users.defaultUserShell; so it is for normal users */
          useDefaultShell?: boolean | null | undefined;
          /** The hash of its password, from mkpasswd; none may log in without */
          hashedPassword?: string | null | undefined;
          /** The same, but a hash that the base has stays */
          initialHashedPassword?: string | null | undefined;
          /** Until when it may log in */
          expires?: string | null | undefined;
          /** User IDs that it may use in user namespaces (/etc/subuid) */
          subUidRanges?:
            | ({
              /** The first ID */
              startUid: number;
              /** How many; 1 by default */
              count?: number | null | undefined;
            })[]
            | null
            | undefined;
          /** Group IDs of the same kind (/etc/subgid) */
          subGidRanges?:
            | ({
              /** The first ID */
              startGid: number;
              /** How many; 1 by default */
              count?: number | null | undefined;
            })[]
            | null
            | undefined;
          /** true gives it 65536 IDs of both kinds; so it is for normal users without ranges */
          autoSubUidGidRange?: boolean | null | undefined;
          /** SSH */
          openssh?:
            | {
              /** Who may log in as the user: /etc/ssh/authorized_keys.d/<name>, and .ssh in a home that is made */
              authorizedKeys?:
                | {
                  /** Public keys, as they are */
                  keys?: string[] | null | undefined;
                  /** Files of public keys */
                  keyFiles?: string[] | null | undefined;
                }
                | null
                | undefined;
            }
            | null
            | undefined;
        }
        | boolean
        | null
        | string
        | null
        | undefined;
    }
    | null
    | undefined;
  /** Groups, by name, with NixOS's options */
  groups?:
    | {
      [name: string]: {
        /** Its name; that of the field by default */
        name?: string | null | undefined;
        /** Its ID; by default the base's, or the one in the file of ids, or the next free one from 999 downwards */
        gid?: number | null | undefined;
        /** Users whose further group it is */
        members?: string[] | null | undefined;
      };
    }
    | null
    | undefined;
  /** A JSON file with IDs that stay with their names: users, groups, subordinate. It need not be there */
  ids?: string | null | undefined;
  /** Files in /etc, by their place there, with NixOS's options */
  etc?:
    | {
      [name: string]: {
        /** false leaves the file out */
        enable?: boolean | null | undefined;
        /** What is in the file */
        text?: string | null | undefined;
        /** What it is made of instead: a file or folder beside the SPEC, which is copied, or one in a store path, which is linked */
        source?: string | null | undefined;
        /** Octal digits; with them a file of the store is copied. Without, a text has 0644, and a copied file its own */
        mode?: string | null | undefined;
        /** Who owns it: a name, or +ID; root by default */
        user?: string | null | undefined;
        /** Its group: a name, or +ID; root by default */
        group?: string | null | undefined;
        /** The same as an ID */
        uid?: number | null | undefined;
        /** The same as an ID */
        gid?: number | null | undefined;
        /** Its place below /etc, if not that of the field */
        target?: string | null | undefined;
      };
    }
    | null
    | undefined;
  /** true puts a Nix database of the image's store paths into it, so that Nix can be used there */
  includeNixDB?: boolean | null | undefined;
  /** The same, as nix2container calls it */
  initializeNixDatabase?: boolean | null | undefined;
  /** The owner of /nix, of the store's folder and of the database, for Nix without a daemon; uid by default */
  nixUid?: number | null | undefined;
  /** Their group; gid by default */
  nixGid?: number | null | undefined;
  /** Nix in the image, with NixOS's options of the time of nix-container-images */
  nix?:
    | {
      /** true puts Nix, its database and its settings into the image */
      enable?: boolean | null | undefined;
      /** The store path of Nix, with links at the root; the base's Nix by default */
      package?: string | null | undefined;
      /** true runs nix-daemon as a service, for users who do not own the store; false by default */
      daemon?: boolean | null | undefined;
      /** Who owns the store and runs Nix without a daemon; root by default */
      user?: string | null | undefined;
      /** URLs of channels by name, for nix-channel --update */
      channels?:
        | {
          [name: string]: string;
        }
        | null
        | undefined;
      /** NIX_PATH; nixpkgs of the channels where there are some, by default */
      nixPath?: string[] | null | undefined;
      /** Variables of the image and of the daemon */
      envVars?:
        | {
          [name: string]: string;
        }
        | null
        | undefined;
      /** How many nixbld users there are: 32 by default, and none where user is not root */
      nrBuildUsers?: number | null | undefined;
      /** max-jobs; auto by default */
      maxJobs?: number | "auto" | null | undefined;
      /** cores; 0, which is all, by default */
      buildCores?: number | null | undefined;
      /** sandbox; false by default, for it needs more than a container may do */
      useSandbox?: boolean | "relaxed" | null | undefined;
      /** extra-sandbox-paths */
      sandboxPaths?: string[] | null | undefined;
      /** substituters; https://cache.nixos.org/ by default */
      binaryCaches?: string[] | null | undefined;
      /** trusted-substituters */
      trustedBinaryCaches?: string[] | null | undefined;
      /** trusted-public-keys, beside that of cache.nixos.org */
      binaryCachePublicKeys?: string[] | null | undefined;
      /** require-sigs; true by default */
      requireSignedBinaryCaches?: boolean | null | undefined;
      /** trusted-users; root by default */
      trustedUsers?: string[] | null | undefined;
      /** allowed-users; all by default */
      allowedUsers?: string[] | null | undefined;
      /** auto-optimise-store; false by default */
      autoOptimiseStore?: boolean | null | undefined;
      /** Further lines of nix.conf, by name; they win */
      settings?:
        | {
          [name: string]: string | boolean | number | string[];
        }
        | null
        | undefined;
      /** Text at the end of nix.conf */
      extraOptions?: string | null | undefined;
      /** false does not look whether extraOptions are settings */
      checkConfig?: boolean | null | undefined;
      /** true has buildMachines build; false by default */
      distributedBuilds?: boolean | null | undefined;
      /** /etc/nix/machines */
      buildMachines?:
        | ({
          /** Its name */
          hostName: string;
          /** ssh or ssh-ng */
          protocol?: string | null | undefined;
          /** Who logs in there */
          sshUser?: string | null | undefined;
          /** The place of the private key in the image */
          sshKey?: string | null | undefined;
          /** What it builds for, such as x86_64-linux */
          system?: string | null | undefined;
          /** The same, several */
          systems?: string[] | null | undefined;
          /** How many builds at a time; 1 by default */
          maxJobs?: number | null | undefined;
          /** How fast it is beside others; 1 by default */
          speedFactor?: number | null | undefined;
          /** What it can do */
          supportedFeatures?: string[] | null | undefined;
          /** What a build has to ask for */
          mandatoryFeatures?: string[] | null | undefined;
          /** Its public key, in base 64 */
          publicHostKey?: string | null | undefined;
        })[]
        | null
        | undefined;
      /** The niceness of the daemon; 0 by default */
      daemonNiceLevel?: number | null | undefined;
      /** Taken and told: containers have no such priority */
      daemonIONiceLevel?: number | null | undefined;
      /** Taken and told: an image mounts nothing */
      readOnlyStore?: boolean | null | undefined;
    }
    | null
    | undefined;
  /** Nixpkgs in the image's store, as fetchTarball would have put it there; NIX_PATH names it where nothing else does */
  nixpkgs?:
    | {
      /** A folder, a store path, or an archive (tar, gzip, zstd) of one folder, such as GitHub's of a commit */
      source: string;
      /** Its names in the store: fetchTarball finds it by name and hash; npins and flakes call it source */
      names?: string[] | null | undefined;
      /** The hash that it must have, in any of Nix's forms */
      sha256?: string | null | undefined;
    }
    | string
    | null
    | undefined;
  /** true lets scripts and commands use the network */
  network?: boolean | null | undefined;
  /** What each script or command may use at most */
  limits?:
    | {
      /** Seconds that it may take */
      time?: number | null | undefined;
      /** Bytes that it may write */
      size?: number | null | undefined;
      /** Processes that it may have at a time */
      processes?: number | null | undefined;
    }
    | null
    | undefined;
  /** A bash script that runs in the folder of the customisation layer, which becomes / */
  extraCommands?: string | null | undefined;
  /** The same after it, whose files keep the owners it gives them */
  fakeRootCommands?: string | null | undefined;
  /** true makes the layer the root that fakeRootCommands sees */
  enableFakechroot?: boolean | null | undefined;
  /** A bash script that runs as root on the base image and the customisation layer, before the others */
  runAsRoot?: string | null | undefined;
  /** Store paths whose programs scripts find, such as those of bash and coreutils */
  tools?: string | string[] | null | undefined;
  /** Commands that run on the image, each making a layer: a text for its shell, or a list of words */
  run?: (string | string[])[] | null | undefined;
  /** Programs that run together in the image, by their names */
  services?:
    | {
      [name: string]: {
        /** long-run (the default) for as long as the container; oneshot-pre runs before those, and oneshot-post once they are ready */
        type?: "long-run" | "oneshot-pre" | "oneshot-post" | null | undefined;
        /** false leaves the service out */
        enable?: boolean | null | undefined;
        /** What runs: words with quotes, which no shell reads, or a list of words */
        execStart?: string | string[] | null | undefined;
        /** What runs, as a text for a shell (bash where there is one) with -e */
        script?: string | null | undefined;
        /** Who runs it, by name or number; the container's user by default */
        user?: string | null | undefined;
        /** Its group; the user's by default */
        group?: string | null | undefined;
        /** Groups besides those that the user is in */
        extraGroups?: string[] | null | undefined;
        /** Where it runs: a folder of the image, or one that is made; the container's WorkingDir by default */
        workingDirectory?: string | null | undefined;
        /** Variables, over the container's */
        environment?:
          | {
            [name: string]: string;
          }
          | null
          | undefined;
        /** Store paths or folders whose bin comes first in its PATH */
        path?: string | string[] | null | undefined;
        /** Services that are ready, or have ended well, before it starts */
        after?: string | string[] | null | undefined;
        /** Services without which it does not start */
        requires?: string | string[] | null | undefined;
        /** true starts it again when it fails, five times in ten seconds; by default a failure ends the container */
        restartOnFailure?: boolean | null | undefined;
        /** A program that gets its output */
        execLogger?: string | string[] | null | undefined;
        /** true begins every line of its output with its name */
        logPrefix?: boolean | null | undefined;
        /** When it is ready: fd N (a line on that descriptor), tcp PORT (it listens), file PATH, command …, notify */
        readiness?: string | null | undefined;
        /** Seconds for that; no limit by default */
        readinessTimeout?: number | null | undefined;
        /** The signal that stops it; SIGTERM by default */
        stopSignal?: string | null | undefined;
        /** Seconds until it is killed; 5 by default */
        stopTimeout?: number | null | undefined;
        /** Limits of resources by the names of setrlimit: nofile, nproc, core … */
        limits?:
          | {
            [name: string]: number | "infinity" | {
              /** The limit */
              soft?: number | "infinity" | null | undefined;
              /** What it may be raised to */
              hard?: number | "infinity" | null | undefined;
            };
          }
          | null
          | undefined;
        /** Its umask */
        umask?: string | null | undefined;
        /** Its niceness, from -20 to 19 */
        nice?: number | null | undefined;
        /** Folders below /run, gone at its end */
        runtimeDirectory?: string | string[] | null | undefined;
        /** Folders below /var/lib */
        stateDirectory?: string | string[] | null | undefined;
        /** Folders below /var/cache */
        cacheDirectory?: string | string[] | null | undefined;
        /** Folders below /var/log */
        logsDirectory?: string | string[] | null | undefined;
      };
    }
    | null
    | undefined;
  /** systemd units that become services: by name as the image has them, by file (with a /), or as text */
  units?:
    | (string | {
      /** Its name, as app.service */
      name: string;
      /** What is in it */
      text: string;
    })[]
    | null
    | undefined;
  /** true refuses units with lines that cannot be kept; by default a notice says each */
  strictUnits?: boolean | null | undefined;
  /** What runs them: s6 (the default where there are services), none, or a program that becomes PID 1 */
  init?:
    | string
    | {
      /** s6 (the default), none, or a program that becomes PID 1 */
      program?: string | null | undefined;
      /** Store paths or folders that have s6, a shell and coreutils */
      packages?: string | string[] | null | undefined;
      /** Seconds for the whole stop, one of them for what is left of services; 8 by default */
      stopTimeout?: number | null | undefined;
    }
    | null
    | undefined;
  /** What the image says of itself, from its services: all but volumes by default */
  derive?: ("ports" | "healthcheck" | "user" | "labels" | "volumes")[] | null | undefined;
  /** How it is meant to be run: read-only (its root), capabilities (none but those that it needs), seccomp (a profile), non-root; restricted is all of them */
  hardening?:
    | "read-only"
    | "capabilities"
    | "seccomp"
    | "non-root"
    | "restricted"
    | ("read-only" | "capabilities" | "seccomp" | "non-root" | "restricted")[]
    | {
      /** read-only, capabilities, seccomp, non-root, or all */
      presets:
        | "read-only"
        | "capabilities"
        | "seccomp"
        | "non-root"
        | "restricted"
        | ("read-only" | "capabilities" | "seccomp" | "non-root" | "restricted")[];
      /** Capabilities that it needs besides those of its services */
      capabilities?: string[] | null | undefined;
      /** The folder of the files beside it; hardening by default */
      files?: string | null | undefined;
    }
    | null
    | undefined;
  /** How layers are compressed; by default as the destination has them */
  compressor?: "none" | "gz" | "zstd" | null | undefined;
  /** Of the image's manifest */
  annotations?:
    | {
      [name: string]: string;
    }
    | null
    | undefined;
  /** The folder that /nix/store is below; / by default */
  store?: string | null | undefined;
  /** Instead of the store's database: files from nix path-info --json, closureInfo's registration, or exportReferencesGraph */
  closure?: string | string[] | null | undefined;
};

/** An explicit layer of a SPEC. */
export interface LayerSpec {
  /** Store paths to include, with all that they refer to */
  deps?: string | string[] | null | undefined;
  /** Store paths or directories whose files are copied to the image's root */
  copyToRoot?: string | string[] | null | undefined;
  /** Modes and owners of files */
  perms?:
    | ({
      /** The store path or directory whose files it is about */
      path: string;
      /** Files of it, by their path at the source; the last that matches wins */
      regex: string;
      /** Permission bits, in octal */
      mode?: string | null | undefined;
      /** Owner; 0 when left out */
      uid?: number | null | undefined;
      /** Group; 0 when left out */
      gid?: number | null | undefined;
      /** Owner's name */
      uname?: string | null | undefined;
      /** Group's name */
      gname?: string | null | undefined;
    })[]
    | null
    | undefined;
  /** How many layers at most: by default 100 (dockertools) or 1 (nix2container and explicit layers) */
  maxLayers?: number | null | undefined;
  /** A store path to leave out */
  ignore?: string | null | undefined;
  /** The layer's entry in the image's history */
  metadata?:
    | {
      /** What made the layer */
      created_by?: string | null | undefined;
      /** Who made it */
      author?: string | null | undefined;
      /** What there is to say of it */
      comment?: string | null | undefined;
      /** When, in ISO 8601 */
      created?: string | null | undefined;
    }
    | null
    | undefined;
  /** Layers below this one, whose paths it leaves out */
  layers?: (string | LayerSpec)[] | null | undefined;
}
