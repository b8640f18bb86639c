/** What the process holds: the numbers by which a test sees that nothing was left behind. */
#ifndef E2E_STATS_H
#define E2E_STATS_H

#include <stddef.h>

/** Open descriptors, or -1 where that is not known. */
long stats_descriptors(void);

/** Bytes of heap in use, or -1 where that is not known. */
long stats_heap(void);

#endif
