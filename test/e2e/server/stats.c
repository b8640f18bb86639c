#include "stats.h"

#if defined(__linux__)
#include <dirent.h>
#endif
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#if defined(__linux__)
long stats_descriptors(void) {
    DIR *dir = opendir("/proc/self/fd");
    long count = -3; /* ".", ".." and the descriptor that reads the folder */

    if (dir == NULL)
        return -1;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}
#else
long stats_descriptors(void) {
    return -1;
}
#endif

#if defined(__GLIBC__)
/* The sanitizers bring an allocator of their own, which mallinfo2 does not see. */
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

long stats_heap(void) {
    if (__sanitizer_get_current_allocated_bytes)
        return (long) __sanitizer_get_current_allocated_bytes();
#if __GLIBC_PREREQ(2, 33)
    struct mallinfo2 info = mallinfo2();
    return (long) (info.uordblks + info.hblkhd);
#else
    return -1;
#endif
}
#else
long stats_heap(void) {
    return -1;
}
#endif
