/* As pthread-rwlock, but waiting writers go before readers. */
#define KIND PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP
#include "pthread-rwlock.c"
