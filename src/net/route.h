/* The routes of a host, in the order in which they are tried. */
#ifndef SIO__NET_ROUTE_H
#define SIO__NET_ROUTE_H

#include "net/http.h"

typedef struct sio__route_s {
    struct sio__route_s *next;
    const sio__route_ops_t *ops;
    void *data;
    uint32_t max_body;
    int exclusive;
    size_t prefix_length; /* 0: everything */
    char prefix[];
} sio__route_t;

/* What a request wants from a route. */
typedef enum { SIO__ROUTE_REQUEST, SIO__ROUTE_UPGRADE } sio__route_kind_t;

/* 0, SIO_ENOMEM, or SIO_EINVAL for a prefix that does not begin with a slash. */
int sio__route_add(sio__route_t **routes, const char *prefix, int exclusive, uint32_t max_body,
                   const sio__route_ops_t *ops, void *data);
/* The route for a decoded path; NULL if there is none. */
const sio__route_t *sio__route_find(const sio__route_t *routes, const char *path,
                                    sio__route_kind_t kind);
/* Tells their owners and frees. */
void sio__route_free_all(sio__route_t **routes);

#endif
