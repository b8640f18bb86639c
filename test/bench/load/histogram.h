/* A histogram of times with a resolution of 1/16, in fixed space. */
#ifndef LOAD_HISTOGRAM_H
#define LOAD_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS (64 * 16)

typedef struct histogram_s {
    uint64_t count;
    uint64_t buckets[HISTOGRAM_BUCKETS];
} histogram_t;

void histogram_add(histogram_t *histogram, int64_t ns);
/* The time which `share` (0 to 1) of all do not exceed; 0 if there are none. */
int64_t histogram_quantile(const histogram_t *histogram, double share);

#endif
