#include "eio/middleware.h"
#include "eio/reply.h"
#include "eio/wait.h"
#include <stdlib.h>

typedef enum { WAITING, PASSED, FAILED, ENDED } answer_t;

struct eio_next_s {
    eio__wait_t wait; /* the first member */
    size_t index;     /* of the next one to call */
    uint8_t running;  /* one is being called: its answer is looked at when it returns */
    answer_t answer;
};

/* The application has answered the request itself. */
static void on_ended(eio__wait_t *wait) {
    eio_next_t *next = (eio_next_t *) wait;
    next->answer = ENDED;
    if (next->running)
        return;
    eio__wait_end(wait);
    free(next);
}

/* Acts upon the answers until one is owed. */
static void run(eio_next_t *next) {
    eio_server_t *server = next->wait.server;
    sio_http_request_t *request = next->wait.call.request;
    sio_http_response_t *response = next->wait.call.response;
    while (next->answer == PASSED && response != NULL && next->index < server->use_count) {
        const eio__use_t *use = &server->uses[next->index++];
        next->answer = WAITING;
        next->running = 1;
        use->cb(request, response, next, use->data);
        next->running = 0;
        server = next->wait.server;
        response = next->wait.call.response;
    }
    if (next->answer == WAITING)
        return;
    answer_t answer = next->answer;
    int upgrade = next->wait.upgrade, complete = next->wait.complete;
    eio__wait_end(&next->wait);
    free(next);
    if (server == NULL || response == NULL || answer == ENDED)
        return;
    if (answer == PASSED) {
        eio__server_proceed(server, request, response, upgrade, complete);
        return;
    }
    eio__refusal_t refusal;
    eio__refusal(&refusal, EIO__BAD_REQUEST, "name=MIDDLEWARE_FAILURE");
    eio__reply_refused(server, request, response, upgrade, &refusal);
}

static void answered(eio_next_t *next, answer_t answer) {
    if (next->answer != WAITING)
        return; /* a second answer while the first is still being acted upon */
    next->answer = answer;
    if (!next->running)
        run(next);
}

void eio_next(eio_next_t *next) {
    answered(next, PASSED);
}

void eio_next_error(eio_next_t *next) {
    answered(next, FAILED);
}

void eio__middleware_run(eio_server_t *server, sio_http_request_t *request,
                         sio_http_response_t *response, int upgrade, int complete) {
    if (server->use_count == 0) {
        eio__server_proceed(server, request, response, upgrade, complete);
        return;
    }
    eio_next_t *next = calloc(1, sizeof(*next));
    if (next == NULL) {
        sio__response_abort(response);
        return;
    }
    eio__wait_begin(&next->wait, server, request, response, upgrade, complete, on_ended);
    next->answer = PASSED;
    run(next);
}

int eio_server_use(eio_server_t *server, eio_use_cb cb, void *data) {
    if (cb == NULL)
        return SIO_EINVAL;
    eio__use_t *uses = realloc(server->uses, (server->use_count + 1) * sizeof(*uses));
    if (uses == NULL)
        return SIO_ENOMEM;
    uses[server->use_count++] = (eio__use_t){cb, data};
    server->uses = uses;
    return 0;
}
