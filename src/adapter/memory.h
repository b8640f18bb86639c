/* The adapter of a server that stands alone: rooms in memory. */
#ifndef SIO__ADAPTER_MEMORY_H
#define SIO__ADAPTER_MEMORY_H

#include "sio/adapter.h"

extern const sio__local_ops_t sio__memory_adapter;

#endif
