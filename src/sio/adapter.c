#include "sio/adapter.h"
#include <string.h>

/* Recovery is one thing: its functions come from one adapter. */
static void complete_recovery(sio_adapter_t *adapter, const sio_adapter_t *own) {
    if (adapter->save_session != NULL && adapter->restore_session != NULL)
        return;
    adapter->next_offset = own->next_offset;
    adapter->save_session = own->save_session;
    adapter->restore_session = own->restore_session;
}

#define COMPLETE(adapter, own, member)                                                             \
    ((adapter).member = (adapter).member != NULL ? (adapter).member : (own)->member)

sio_adapter_t sio__adapter_complete(const sio_adapter_t *given, const sio__local_ops_t *local) {
    const sio_adapter_t *own = &local->adapter;
    sio_adapter_t adapter = {.size = sizeof(adapter)};
    if (given == NULL)
        return *own;
    /* One of an older header has fewer members. */
    memcpy(&adapter, given, given->size < sizeof(adapter) ? given->size : sizeof(adapter));
    adapter.size = sizeof(adapter);
    COMPLETE(adapter, own, join);
    COMPLETE(adapter, own, leave);
    COMPLETE(adapter, own, leave_all);
    COMPLETE(adapter, own, broadcast);
    COMPLETE(adapter, own, broadcast_with_ack);
    COMPLETE(adapter, own, fetch_sockets);
    COMPLETE(adapter, own, sockets_join);
    COMPLETE(adapter, own, sockets_leave);
    COMPLETE(adapter, own, disconnect_sockets);
    COMPLETE(adapter, own, server_side_emit);
    complete_recovery(&adapter, own);
    return adapter;
}
