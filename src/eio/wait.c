#include "eio/wait.h"
#include "eio/reply.h"

static void unlink_wait(eio__wait_t *wait) {
    if (wait->server == NULL)
        return;
    *wait->link = wait->next;
    if (wait->next != NULL)
        wait->next->link = wait->link;
    wait->server = NULL;
}

static void gone(sio_http_response_t *response, int closed, void *data) {
    eio__wait_t *wait = data;
    (void) response;
    wait->call.response = NULL;
    if (!closed)
        wait->ended(wait);
}

void eio__wait_begin(eio__wait_t *wait, eio_server_t *server, sio_http_request_t *request,
                     sio_http_response_t *response, int upgrade, int complete,
                     void (*ended)(eio__wait_t *wait)) {
    wait->call = (eio__call_t){EIO__CALL_WAIT, request, response, NULL};
    wait->ended = ended;
    wait->upgrade = upgrade != 0;
    wait->complete = complete != 0;
    wait->server = server;
    wait->next = server->waits;
    wait->link = &server->waits;
    if (wait->next != NULL)
        wait->next->link = &wait->next;
    server->waits = wait;
    sio__request_set_data(request, &wait->call);
    sio__response_on_gone(response, gone, wait);
}

static void leave_request(eio__wait_t *wait) {
    if (wait->call.response == NULL)
        return;
    sio__request_set_data(wait->call.request, NULL);
    sio__response_on_gone(wait->call.response, NULL, NULL);
}

void eio__wait_end(eio__wait_t *wait) {
    leave_request(wait);
    unlink_wait(wait);
}

void eio__wait_orphan_all(eio_server_t *server) {
    while (server->waits != NULL) {
        eio__wait_t *wait = server->waits;
        sio_http_response_t *response = wait->call.response;
        leave_request(wait);
        wait->call.response = NULL;
        unlink_wait(wait);
        if (response != NULL)
            sio__response_abort(response);
    }
}

void eio__wait_too_big(eio__wait_t *wait) {
    sio_http_response_t *response = wait->call.response;
    leave_request(wait);
    wait->call.response = NULL;
    eio__reply_empty(response, 413);
}
