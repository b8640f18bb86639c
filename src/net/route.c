#include "net/route.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

/* Nonzero if `route`, the newer one, is to be tried before the other. */
static int is_before(const sio__route_t *route, const sio__route_t *other) {
    if (route->exclusive != other->exclusive)
        return route->exclusive;
    return route->prefix_length > other->prefix_length;
}

int sio__route_add(sio__route_t **routes, const char *prefix, int exclusive, uint32_t max_body,
                   const sio__route_ops_t *ops, void *data) {
    if (prefix == NULL || ops == NULL || (prefix[0] != '\0' && prefix[0] != '/'))
        return SIO_EINVAL;
    size_t length = strlen(prefix);
    if (length > 0 && prefix[length - 1] == '/')
        length--;
    sio__route_t *route = calloc(1, sizeof(*route) + length + 1);
    if (route == NULL)
        return SIO_ENOMEM;
    route->ops = ops;
    route->data = data;
    route->max_body = max_body;
    route->exclusive = exclusive != 0;
    route->prefix_length = length;
    memcpy(route->prefix, prefix, length);

    sio__route_t **at = routes;
    while (*at != NULL && !is_before(route, *at))
        at = &(*at)->next;
    route->next = *at;
    *at = route;
    return 0;
}

static int matches(const sio__route_t *route, const char *path) {
    size_t length = route->prefix_length;
    return strncmp(path, route->prefix, length) == 0 &&
           (length == 0 || path[length] == '\0' || path[length] == '/');
}

const sio__route_t *sio__route_find(const sio__route_t *routes, const char *path,
                                    sio__route_kind_t kind) {
    for (const sio__route_t *route = routes; route != NULL; route = route->next) {
        int serves = kind == SIO__ROUTE_UPGRADE ? route->ops->upgrade != NULL
                                                : route->ops->request != NULL;
        if (serves && matches(route, path))
            return route;
    }
    return NULL;
}

void sio__route_free_all(sio__route_t **routes) {
    while (*routes != NULL) {
        sio__route_t *route = *routes;
        *routes = route->next;
        if (route->ops->removed != NULL)
            route->ops->removed(route->data);
        free(route);
    }
}
