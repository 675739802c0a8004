/** A seccomp profile: the system calls that services need, and no others. */

/** The platforms whose calls a process may make, by the architecture of an image. */
const ARCHITECTURES: Readonly<Record<string, readonly string[]>> = {
  amd64: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
  arm64: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
  "386": ["SCMP_ARCH_X86"],
  arm: ["SCMP_ARCH_ARM"],
  ppc64le: ["SCMP_ARCH_PPC64LE"],
  riscv64: ["SCMP_ARCH_RISCV64"],
  s390x: ["SCMP_ARCH_S390X"],
};

/**
 * Calls by what they are for. Left out, among others: namespaces and mounts, modules, clocks, other
 * processes' memory, keys, BPF, io_uring, userfaultfd.
 */
const ALLOWED: Readonly<Record<string, string>> = {
  files: `access faccessat faccessat2 open openat openat2 creat close close_range read readv pread64
    preadv preadv2 write writev pwrite64 pwritev pwritev2 lseek _llseek stat stat64 lstat lstat64
    fstat fstat64 fstatat64 newfstatat statx statfs statfs64 fstatfs fstatfs64 readlink readlinkat
    getdents getdents64 getcwd chdir fchdir mkdir mkdirat rmdir unlink unlinkat rename renameat
    renameat2 link linkat symlink symlinkat mknod mknodat chmod fchmod fchmodat fchmodat2 chown
    chown32 fchown fchown32 fchownat lchown lchown32 umask truncate truncate64 ftruncate ftruncate64
    fallocate fsync fdatasync sync syncfs sync_file_range utime utimes utimensat utimensat_time64
    futimesat dup dup2 dup3 fcntl fcntl64 flock ioctl pipe pipe2 splice tee vmsplice sendfile
    sendfile64 copy_file_range readahead fadvise64 fadvise64_64 arm_fadvise64_64 inotify_init
    inotify_init1 inotify_add_watch inotify_rm_watch getxattr lgetxattr fgetxattr listxattr
    llistxattr flistxattr setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr
    memfd_create chroot cachestat`,
  memory: `brk mmap mmap2 munmap mremap mprotect madvise mincore mlock mlock2 mlockall munlock
    munlockall msync membarrier get_mempolicy pkey_alloc pkey_free pkey_mprotect memfd_secret
    process_mrelease shmget shmat shmctl shmdt map_shadow_stack`,
  processes: `fork vfork execve execveat exit exit_group wait4 waitpid waitid getpid getppid gettid
    getpgid getpgrp setpgid getsid setsid kill tgkill tkill pidfd_open pidfd_send_signal
    set_tid_address set_robust_list get_robust_list set_thread_area get_thread_area arch_prctl prctl
    rseq sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_setparam
    sched_getscheduler sched_setscheduler sched_getattr sched_setattr sched_get_priority_max
    sched_get_priority_min sched_rr_get_interval sched_rr_get_interval_time64 getpriority setpriority
    ioprio_get ioprio_set getrlimit setrlimit ugetrlimit prlimit64 getrusage times getcpu seccomp
    capget capset restart_syscall landlock_create_ruleset landlock_add_rule landlock_restrict_self
    set_tls cacheflush breakpoint`,
  users: `getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getgroups getgroups32
    getresuid getresuid32 getresgid getresgid32 setuid setuid32 setgid setgid32 setreuid setreuid32
    setregid setregid32 setresuid setresuid32 setresgid setresgid32 setgroups setgroups32 setfsuid
    setfsuid32 setfsgid setfsgid32`,
  signals: `rt_sigaction rt_sigprocmask rt_sigpending rt_sigreturn rt_sigsuspend rt_sigtimedwait
    rt_sigtimedwait_time64 rt_sigqueueinfo rt_tgsigqueueinfo sigaltstack signal sigaction sigprocmask
    sigpending sigreturn sigsuspend signalfd signalfd4 pause`,
  times: `time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64
    clock_nanosleep clock_nanosleep_time64 nanosleep alarm getitimer setitimer timer_create
    timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64
    timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64`,
  waiting: `poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64 epoll_create
    epoll_create1 epoll_ctl epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2 eventfd
    eventfd2 futex futex_time64 futex_waitv io_setup io_destroy io_submit io_cancel io_getevents
    io_pgetevents io_pgetevents_time64`,
  network:
    `socketcall socketpair bind connect listen accept accept4 shutdown getsockname getpeername
    getsockopt setsockopt send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg
    recvmmsg_time64`,
  messages:
    `ipc msgget msgsnd msgrcv msgctl semget semop semtimedop semtimedop_time64 semctl mq_open
    mq_unlink mq_notify mq_getsetattr mq_timedsend mq_timedsend_time64 mq_timedreceive
    mq_timedreceive_time64`,
  machine: "uname sysinfo getrandom",
};

/** Flags that clone(2) may not have: those of namespaces of any kind (sched.h). */
const NAMESPACES = 0x7e02_0000;

/** Numbers of errno(3). */
const [EPERM, ENOSYS] = [1, 38];

/** Families of sockets without AF_ALG and AF_VSOCK (38, 40), which talk to the kernel and the host. */
const FAMILIES = [["LT", 38], ["EQ", 39], ["GT", 40]] as const;

/** Arguments of personality(2): Linux, with random addresses or without; and the question which it is. */
const PERSONALITIES = [0x0, 0x0004_0000, 0x0002_0000, 0x0002_0008, 0xffff_ffff];

/**
 * Makes a profile for `docker run --security-opt seccomp=FILE`, and for what else reads the form of
 * the runtime specification.
 * @see https://github.com/opencontainers/runtime-spec/blob/v1.2.0/config-linux.md#seccomp
 */
export function makeSeccompProfile(architecture = "amd64"): object {
  const allow = (names: readonly string[], args?: readonly object[]) => ({
    names,
    action: "SCMP_ACT_ALLOW",
    ...(args && { args }),
  });
  const all = Object.values(ALLOWED).flatMap((names) => names.split(/\s+/)).sort();
  // There the order of clone's arguments is another one.
  const flags = architecture === "s390x" ? 1 : 0;
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: EPERM,
    architectures: ARCHITECTURES[architecture] ?? ARCHITECTURES["amd64"],
    syscalls: [
      allow(all),
      allow(["clone"], [
        { index: flags, value: NAMESPACES, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" },
      ]),
      // Its flags are in memory, where no filter sees them: C libraries take clone instead.
      { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
      ...FAMILIES.map(([op, value]) =>
        allow(["socket"], [{ index: 0, value, op: `SCMP_CMP_${op}` }])
      ),
      ...PERSONALITIES.map((value) =>
        allow(["personality"], [{ index: 0, value, op: "SCMP_CMP_EQ" }])
      ),
    ],
  };
}
