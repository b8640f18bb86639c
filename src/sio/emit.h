/* Events on their way out. */
#ifndef SIO__SIO_EMIT_H
#define SIO__SIO_EMIT_H

#include "sio/socket.h"

/* To one socket; `flags` as in sio_targets_t. Arguments are released in every case. */
int sio__emit(sio_socket_t *socket, const char *event, const sio__args_t *args, uint32_t flags);
/* To all that `targets` say. The same. */
int sio__cast(sio_namespace_t *nsp, const sio_targets_t *targets, const char *event,
              const sio__args_t *args);

/* The kinds of arguments. */
static inline sio__args_t sio__args_format(const char *format, va_list *list) {
    return (sio__args_t){.kind = SIO__ARGS_FORMAT, .format = format, .list = list};
}
static inline sio__args_t sio__args_json(const json_t *json) {
    return (sio__args_t){.kind = SIO__ARGS_JSON, .json = json};
}
static inline sio__args_t sio__args_raw(const char *text, size_t length) {
    return (sio__args_t){.kind = SIO__ARGS_RAW, .text = text, .length = length};
}
static inline sio__args_t sio__args_event(const sio_event_t *event) {
    return (sio__args_t){.kind = SIO__ARGS_EVENT, .event = event};
}

#endif
