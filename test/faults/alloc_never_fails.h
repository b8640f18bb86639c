/* Included before all else in the test's own files: their memory does not run out. */
#ifndef TEST_FAULTS_ALLOC_NEVER_FAILS_H
#define TEST_FAULTS_ALLOC_NEVER_FAILS_H

#include "faults/alloc.h"
#include <stdlib.h>

#define malloc alloc_malloc
#define calloc alloc_calloc
#define realloc alloc_realloc

#endif
