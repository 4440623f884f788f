/* actors/auth/sandbox.tbl.h - what auth needs beyond the common rows. Rows: actors/common/sandbox.h.
 * No file, no network: everything comes over its links. */

ALLOW_IF(clone,          RULE_THREAD, "the two threads that hash passwords")
ALLOW(set_robust_list,   "libc in a new thread")
ALLOW(rseq,              "libc in a new thread")
ALLOW(setpriority,       "those threads step behind token checks")

#ifdef __SANITIZE_ADDRESS__
ALLOW(sched_getaffinity, "sanitizer builds: the bounds of a thread's stack")
#endif
