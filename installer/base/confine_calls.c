/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/confine_parts.h"
#include "base/util.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#endif

/* The sanitizers trace their own process. */
#if defined(NATIVE) && !defined(__SANITIZE_ADDRESS__)

enum { NEWEST_KNOWN = 462, X32 = 0x40000000 };

/*
 * What libcurl, OpenSSL, the C library and the resolver's modules call on the way from here to the
 * end, with what newer ones may call instead. Numbers stand for names that are newer than the
 * headers of Debian 12.
 */
static const int allowed[] = {
	/* memory */
	SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_mincore,
	SYS_msync, SYS_mlock, SYS_mlock2, SYS_munlock, SYS_membarrier, SYS_get_mempolicy,
	SYS_pkey_alloc, SYS_pkey_free, SYS_pkey_mprotect, 453 /* map_shadow_stack */,
	462 /* mseal */,
	/* descriptors, waiting */
	SYS_read, SYS_readv, SYS_pread64, SYS_preadv, SYS_preadv2, SYS_write, SYS_writev,
	SYS_pwrite64, SYS_pwritev, SYS_pwritev2, SYS_lseek, SYS_close, SYS_close_range, SYS_dup,
	SYS_dup3, SYS_fcntl, SYS_ioctl, SYS_fsync, SYS_fdatasync, SYS_ftruncate, SYS_fallocate,
	SYS_fadvise64, SYS_readahead, SYS_sendfile, SYS_copy_file_range, SYS_splice, SYS_pipe2,
	SYS_eventfd2, SYS_ppoll, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait,
	SYS_epoll_pwait2, SYS_timerfd_create, SYS_timerfd_settime, SYS_timerfd_gettime,
	SYS_inotify_init1, SYS_inotify_add_watch, SYS_inotify_rm_watch, SYS_flock,
	/* files */
	SYS_openat, SYS_openat2, SYS_newfstatat, SYS_fstat, SYS_statx, SYS_statfs, SYS_fstatfs,
	SYS_faccessat, SYS_faccessat2, SYS_readlinkat, SYS_getdents64, SYS_getcwd, SYS_linkat,
	SYS_unlinkat, SYS_renameat2, SYS_umask, SYS_truncate, SYS_mkdirat,
	/* this process and its threads */
	SYS_futex, SYS_futex_waitv, 454 /* futex_wake */, 455 /* futex_wait */,
	456 /* futex_requeue */, SYS_set_robust_list, SYS_get_robust_list, SYS_rseq,
	SYS_set_tid_address, SYS_sched_yield, SYS_sched_getaffinity, SYS_sched_setaffinity,
	SYS_sched_getparam, SYS_sched_getscheduler, SYS_sched_get_priority_max,
	SYS_sched_get_priority_min, SYS_getcpu, SYS_getpid, SYS_gettid, SYS_getppid, SYS_getpgid,
	SYS_getsid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getresuid,
	SYS_getresgid, SYS_getgroups, SYS_capget, SYS_uname, SYS_sysinfo, SYS_getrlimit,
	SYS_getrusage, SYS_getpriority, SYS_times, SYS_prctl, SYS_getrandom, SYS_exit,
	SYS_exit_group, SYS_restart_syscall, SYS_wait4, SYS_waitid, SYS_seccomp,
	SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self,
	/* signals, time */
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigpending, SYS_rt_sigreturn,
	SYS_rt_sigsuspend, SYS_rt_sigtimedwait, SYS_sigaltstack, SYS_kill, SYS_tkill, SYS_tgkill,
	SYS_nanosleep, SYS_clock_nanosleep, SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday,
	SYS_getitimer, SYS_setitimer, SYS_timer_create, SYS_timer_settime, SYS_timer_gettime,
	SYS_timer_delete,
	/* a client's sockets; socket itself is looked at */
	SYS_connect, SYS_bind, SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg,
	SYS_recvmmsg, SYS_shutdown, SYS_getsockname, SYS_getpeername, SYS_setsockopt,
	SYS_getsockopt, SYS_socketpair,
#ifdef SYS_open /* x86-64 has older names as well */
	SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_getdents, SYS_link,
	SYS_unlink, SYS_rename, SYS_mkdir, SYS_pipe, SYS_dup2, SYS_poll, SYS_select,
	SYS_epoll_create, SYS_epoll_wait, SYS_eventfd, SYS_inotify_init, SYS_getpgrp, SYS_time,
	SYS_alarm, SYS_pause, SYS_arch_prctl,
#endif
	SYS_renameat,
};

/* In the data of a filter: the lower halves of arguments (both systems are little-endian). */
#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + 8 * (n))
#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at)
#define IF_EQUAL(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, yes, no)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
#define FAIL(error) RETURN(SECCOMP_RET_ERRNO | (error))

/*
 * Calls with arguments that count. What is newer than the list does not exist (ENOSYS): libraries
 * then do without it. So it is with clone3, whose arguments a filter cannot see; clone may start
 * threads, prlimit64 is for reading.
 */
static const struct sock_filter head[] = {
	LOAD(offsetof(struct seccomp_data, arch)),
	IF_EQUAL(NATIVE, 1, 0),
	FAIL(EPERM),
	LOAD(offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32, 0, 1),
	FAIL(EPERM),
	BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, NEWEST_KNOWN, 0, 1),
	FAIL(ENOSYS),
	IF_EQUAL(SYS_clone3, 0, 1),
	FAIL(ENOSYS),
	IF_EQUAL(SYS_clone, 0, 4),
	LOAD(ARGUMENT(0)),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1),
	RETURN(SECCOMP_RET_ALLOW),
	FAIL(EPERM),
	IF_EQUAL(SYS_prlimit64, 0, 4),
	LOAD(ARGUMENT(2)),
	IF_EQUAL(0, 0, 1),
	RETURN(SECCOMP_RET_ALLOW),
	FAIL(EPERM),
	IF_EQUAL(SYS_socket, 0, 7),
	LOAD(ARGUMENT(0)),
	IF_EQUAL(AF_UNIX, 4, 0),
	IF_EQUAL(AF_INET, 3, 0),
	IF_EQUAL(AF_INET6, 2, 0),
	IF_EQUAL(AF_NETLINK, 1, 0), /* which addresses this host has */
	FAIL(EAFNOSUPPORT),
	RETURN(SECCOMP_RET_ALLOW),
};

void confine_calls(void)
{
	struct sock_filter code[ARRAY_LEN(head) + 2 * ARRAY_LEN(allowed) + 1];
	const struct sock_fprog filter = { .len = ARRAY_LEN(code), .filter = code };
	size_t n = ARRAY_LEN(head);

	memcpy(code, head, sizeof(head));
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
		code[n++] = (struct sock_filter)IF_EQUAL((unsigned)allowed[i], 0, 1);
		code[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
	}
	code[n] = (struct sock_filter)FAIL(EPERM);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

#else

void confine_calls(void)
{
}

#endif
