/* uthash, set up so that it reports a failed allocation (hh.tbl is NULL after the add) instead
 * of exiting. */
#ifndef SIO__BASE_HASH_H
#define SIO__BASE_HASH_H

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((void) (element))
#include <uthash.h>

#endif
