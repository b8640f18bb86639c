#include "histogram.h"

/* Below 16 each value has its bucket; from there on each power of two has sixteen. */
static unsigned bucket_of(uint64_t value) {
    if (value < 16)
        return (unsigned) value;
    unsigned exponent = 63u - (unsigned) __builtin_clzll(value);
    return (exponent - 3) * 16 + (unsigned) (value >> (exponent - 4) & 15);
}

/* The middle of the bucket. */
static int64_t value_of(unsigned bucket) {
    if (bucket < 16)
        return bucket;
    unsigned exponent = bucket / 16 + 3;
    uint64_t width = (uint64_t) 1 << (exponent - 4);
    return (int64_t) ((16 + bucket % 16) * width + width / 2);
}

void histogram_add(histogram_t *histogram, int64_t ns) {
    histogram->buckets[bucket_of(ns > 0 ? (uint64_t) ns : 0)]++;
    histogram->count++;
}

int64_t histogram_quantile(const histogram_t *histogram, double share) {
    uint64_t rank = (uint64_t) (share * (double) histogram->count);
    uint64_t seen = 0;

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen > rank)
            return value_of(i);
    }
    return 0;
}
