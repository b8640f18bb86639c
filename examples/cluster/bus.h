/**
 * An adapter [A3]: joins the servers of a program that run on one loop, so that each of them
 * reaches the clients of all. It is written against the installed headers alone, as an adapter
 * of one's own would be; where this one calls the others directly, one between machines sends a
 * message.
 *
 *     bus_t bus = {NULL};
 *     sio_adapter_t adapter = bus_adapter(&bus);
 *     options.adapter = &adapter;      (for each of the servers)
 */
#ifndef BUS_H
#define BUS_H

#include <sio.h>

typedef struct bus_node_s bus_node_t;

/** Must outlive the servers. */
typedef struct bus_s {
    bus_node_t *nodes; /* a namespace of a server each */
} bus_t;

sio_adapter_t bus_adapter(bus_t *bus);

#endif
