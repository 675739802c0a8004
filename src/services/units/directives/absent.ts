/** The directives of systemd that an image's init has not, by the reason. */
import type { LineFate } from "../types.ts";
import type { Directive, Section } from "./directive.ts";
import { splitNames } from "./directive.ts";

function defineAbsent(
  says: string,
  names: string,
  section: Section = "Service",
  fate: LineFate = "not had",
): Directive {
  return { section, names: splitNames(names), fate, says, isIdle: (value) => IDLE.test(value) };
}

/** Values that ask for no sandbox, no limit, no watchdog. */
const IDLE = /^(?:no|n|false|f|off|0|infinity|inherit|private)$/i;

/** The directives. */
export const ABSENT_DIRECTIVES: readonly Directive[] = [
  defineAbsent(
    "the container is the sandbox",
    `RootDirectory RootImage RootImageOptions RootHash RootHashSignature RootVerity RootEphemeral
    ExtensionDirectories ExtensionImages MountImages SecureBits CapabilityBoundingSet
    AmbientCapabilities NoNewPrivileges KeyringMode ProtectProc ProcSubset SystemCallFilter
    SystemCallArchitectures SystemCallErrorNumber SystemCallLog MemoryDenyWriteExecute
    RestrictNamespaces RestrictRealtime RestrictSUIDSGID RestrictAddressFamilies LockPersonality
    RestrictFileSystems ReadWriteDirectories ReadOnlyDirectories InaccessibleDirectories
    ReadWritePaths ReadOnlyPaths InaccessiblePaths ExecPaths NoExecPaths BindPaths
    BindReadOnlyPaths TemporaryFileSystem PrivateTmp PrivateDevices ProtectKernelTunables
    ProtectKernelModules ProtectKernelLogs ProtectClock ProtectControlGroups NetworkNamespacePath
    IPCNamespacePath LogNamespace PrivateNetwork PrivateUsers PrivateMounts PrivateIPC PrivatePIDs
    ProtectSystem ProtectHome MountFlags MountAPIVFS Personality SELinuxContext AppArmorProfile
    SmackProcessLabel ProtectHostname RemoveIPC RootDirectoryStartOnly
    StateDirectoryQuota`,
  ),
  defineAbsent(
    "the engine sets the limits of a container as a whole",
    `Slice AllowedCPUs StartupAllowedCPUs AllowedMemoryNodes StartupAllowedMemoryNodes CPUAccounting
    CPUWeight StartupCPUWeight CPUShares StartupCPUShares CPUQuota CPUQuotaPeriodSec
    MemoryAccounting MemoryMin StartupMemoryLow DefaultMemoryMin DefaultMemoryLow MemoryLow
    MemoryHigh StartupMemoryHigh MemoryMax StartupMemoryMax MemorySwapMax StartupMemorySwapMax
    MemoryZSwapMax StartupMemoryZSwapMax MemoryZSwapWriteback MemoryLimit DeviceAllow DevicePolicy
    IOAccounting IOWeight StartupIOWeight IODeviceWeight IOReadBandwidthMax IOWriteBandwidthMax
    IOReadIOPSMax IOWriteIOPSMax IODeviceLatencyTargetSec BlockIOAccounting BlockIOWeight
    StartupBlockIOWeight BlockIODeviceWeight BlockIOReadBandwidth BlockIOWriteBandwidth
    TasksAccounting TasksMax Delegate DelegateSubgroup DisableControllers IPAccounting
    IPAddressAllow IPAddressDeny IPIngressFilterPath IPEgressFilterPath ManagedOOMSwap
    ManagedOOMMemoryPressure ManagedOOMMemoryPressureLimit ManagedOOMPreference MemoryPressureWatch
    MemoryPressureThresholdSec BPFProgram SocketBindAllow SocketBindDeny RestrictNetworkInterfaces
    NFTSet CoredumpReceive OOMPolicy OOMScoreAdjust CoredumpFilter MemoryKSM`,
  ),
  defineAbsent(
    "the scheduler's settings are the container's",
    `IOSchedulingClass IOSchedulingPriority CPUSchedulingPolicy CPUSchedulingPriority
    CPUSchedulingResetOnFork CPUAffinity NUMAPolicy NUMAMask TimerSlackNSec`,
  ),
  defineAbsent(
    "the engine keeps the log",
    `SyslogIdentifier SyslogFacility SyslogLevel LogLevelMax
    LogRateLimitIntervalSec LogRateLimitBurst LogExtraFields LogFilterPatterns`,
  ),
  defineAbsent(
    "it has neither a terminal nor an input",
    `StandardInputText StandardInputData TTYPath TTYReset TTYVHangup TTYVTDisallocate TTYRows
    TTYColumns UtmpIdentifier UtmpMode`,
  ),
  defineAbsent(
    "mount the secret into the container",
    `SetCredential SetCredentialEncrypted LoadCredential LoadCredentialEncrypted ImportCredential`,
  ),
  defineAbsent(
    "sockets are not handed over: the service opens its own",
    "Sockets NonBlocking FileDescriptorStoreMax FileDescriptorStorePreserve OpenFile",
  ),
  defineAbsent(
    "nothing watches or stops a service that runs",
    `WatchdogSec WatchdogSignal RuntimeMaxSec RuntimeRandomizedExtraSec`,
  ),
  defineAbsent(
    "one signal stops a service, and KILL what is left",
    `SendSIGHUP TimeoutAbortSec TimeoutStartFailureMode
    TimeoutStopFailureMode TimeoutCleanSec ReloadSignal`,
  ),
  defineAbsent(
    "the init has no such setting",
    `ExitType PAMName SetLoginEnvironment USBFunctionDescriptors USBFunctionStrings
    UnsetEnvironment ExecSearchPath RestartMode RestartSteps RestartMaxDelaySec RebootArgument`,
  ),
  {
    section: "Service",
    names: ["GuessMainPID"],
    fate: "kept",
    says: "the process of what forks is that of its PIDFile=, or is looked for",
  },
  {
    section: "Service",
    names: ["IgnoreSIGPIPE"],
    fate: "not had",
    says: "a service gets SIGPIPE, as everywhere else",
    isIdle: (value) => /^(?:no|n|false|f|off|0)$/i.test(value),
  },
  {
    section: "Service",
    names: ["SyslogLevelPrefix", "FinalKillSignal", "RestartKillSignal"],
    fate: "not had",
    says: "the init has no such setting",
  },
  defineAbsent(
    "units take no others along",
    `OnSuccess OnFailure OnSuccessJobMode OnFailureJobMode OnFailureIsolate PropagatesReloadTo
    PropagateReloadTo ReloadPropagatedFrom PropagateReloadFrom PropagatesStopTo
    StopPropagatedFrom JoinsNamespaceOf`,
    "Unit",
  ),
  defineAbsent("name them beside it in the SPEC", "Also", "Install"),
  defineAbsent("it starts with the container", "UpheldBy", "Install"),
  defineAbsent(
    "a container has no jobs that are asked for by hand",
    `JobTimeoutSec JobRunningTimeoutSec JobTimeoutAction JobTimeoutRebootArgument`,
    "Unit",
  ),
  defineAbsent(
    "the container ends when its init does",
    "SuccessAction SuccessActionExitStatus FailureActionExitStatus RebootArgument",
    "Unit",
  ),
  defineAbsent(
    "it is about what a container does not have: jobs, mounts, targets",
    `StopWhenUnneeded RefuseManualStart RefuseManualStop AllowIsolate DefaultDependencies
    IgnoreOnIsolate CollectMode RequiresMountsFor WantsMountsFor RequiresOverridable
    RequisiteOverridable SurviveFinalKillSignal`,
    "Unit",
    "kept",
  ),
];
