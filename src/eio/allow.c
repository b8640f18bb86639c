#include "eio/allow.h"
#include "eio/reply.h"
#include "eio/v09/v09.h"
#include "eio/wait.h"
#include <stdlib.h>

struct sio_allow_s {
    eio__wait_t wait;
    eio__query_t query;
};

/* The application ends only what is its own to end, so there is nobody left who could answer
 * later. */
static void on_ended(eio__wait_t *wait) {
    (void) wait;
}

void eio__allow_ask(eio_server_t *server, sio_http_request_t *request,
                    sio_http_response_t *response, int upgrade, const eio__query_t *query) {
    sio_allow_t *allow = calloc(1, sizeof(*allow));
    if (allow == NULL) {
        sio__response_abort(response);
        return;
    }
    allow->query = *query;
    eio__wait_begin(&allow->wait, server, request, response, upgrade, 0, on_ended);
    server->options.allow_request(allow, request, server->options.allow_request_data);
}

/* Frees the decision: the engine it was for, NULL if the answer comes too late. */
static eio_server_t *take(sio_allow_t *allow, eio__wait_t *wait) {
    *wait = allow->wait;
    eio__wait_end(&allow->wait);
    free(allow);
    return wait->call.response != NULL ? wait->server : NULL;
}

void sio_allow(sio_allow_t *allow) {
    eio__wait_t wait;
    eio__query_t query = allow->query;
    eio_server_t *server = take(allow, &wait);
    if (server != NULL && query.v09)
        eio__v09_handshake(server, wait.call.request, wait.call.response);
    else if (server != NULL)
        eio__server_handshake(server, wait.call.request, wait.call.response, wait.upgrade, &query);
}

void sio_deny(sio_allow_t *allow, const char *message) {
    eio__wait_t wait;
    int v09 = allow->query.v09;
    eio_server_t *server = take(allow, &wait);
    if (server == NULL)
        return;
    if (v09) {
        eio__v09_unauthorized(server, wait.call.request, wait.call.response);
        return;
    }
    eio__refusal_t refusal;
    eio__refusal(&refusal, EIO__FORBIDDEN, "message=%s", message != NULL ? message : "");
    refusal.message = message;
    eio__reply_refused(server, wait.call.request, wait.call.response, wait.upgrade, &refusal);
}
