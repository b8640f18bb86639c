#include "eio/reply.h"
#include "base/buf.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const messages[] = {
    "Transport unknown", "Session ID unknown", "Bad handshake method",
    "Bad request",       "Forbidden",          "Unsupported protocol version",
};

void eio__refusal(eio__refusal_t *refusal, int code, const char *format, ...) {
    va_list args;
    refusal->code = code;
    refusal->upgrade_status = 0;
    refusal->message = NULL;
    va_start(args, format);
    vsnprintf(refusal->context, sizeof(refusal->context), format, args);
    va_end(args);
}

/* Appends text as the inside of a JSON string. */
static int put_json(sio__buf_t *out, const char *text) {
    int rc = 0;
    for (; *text != '\0' && rc == 0; text++) {
        unsigned char c = (unsigned char) *text;
        char escape[8];
        if (c == '"' || c == '\\')
            snprintf(escape, sizeof(escape), "\\%c", c);
        else if (c < 0x20)
            snprintf(escape, sizeof(escape), "\\u%04x", c);
        else
            snprintf(escape, sizeof(escape), "%c", c);
        rc = sio__buf_puts(out, escape);
    }
    return rc;
}

static void refuse_request(sio_http_response_t *response, int code, const char *message) {
    sio__buf_t body = {0};
    char start[32];
    snprintf(start, sizeof(start), "{\"code\":%d,\"message\":\"", code);
    if (sio__buf_puts(&body, start) < 0 || put_json(&body, message) < 0 ||
        sio__buf_puts(&body, "\"}") < 0) {
        sio__buf_free(&body);
        sio__response_abort(response);
        return;
    }
    sio_http_status(response, code == EIO__FORBIDDEN ? 403 : 400);
    sio_http_header(response, "Content-Type", "application/json");
    eio__reply_end(response, body.data, body.length);
    sio__buf_free(&body);
}

void eio__reply_refused(eio_server_t *server, sio_http_request_t *request,
                        sio_http_response_t *response, int upgrade,
                        const eio__refusal_t *refusal) {
    int code = refusal->code;
    server->counters.refused[code]++;
    sio__tell(server->loop, SIO__TOLD_ENGINE, SIO_LOG_WARN, "engine", "refused: %s (%s)",
              messages[code], refusal->context);
    if (server->connection_error != NULL)
        server->connection_error(request, code, messages[code], refusal->context,
                                 server->connection_error_data);
    const char *message = refusal->message != NULL ? refusal->message : messages[code];
    if (upgrade)
        sio__response_refuse_upgrade(
            response, refusal->upgrade_status != 0 ? refusal->upgrade_status : 400, message);
    else
        refuse_request(response, code, message);
}

void eio__reply_end(sio_http_response_t *response, const void *body, size_t length) {
    if (sio_http_end(response, body, length) < 0)
        sio__response_abort(response);
}

int eio__reply_payload(sio_http_response_t *response, sio__outq_t *payload, int separator) {
    int rc = sio__response_end_queue(response, payload, separator);
    if (rc < 0)
        sio__response_abort(response);
    return rc;
}

void eio__reply_empty(sio_http_response_t *response, int status) {
    sio_http_status(response, status);
    eio__reply_end(response, NULL, 0);
}

void eio__reply_payload_type(sio_http_response_t *response, int binary) {
    static const char text[] = "Content-Type: text/plain; charset=UTF-8\r\n";
    static const char bytes[] = "Content-Type: application/octet-stream\r\n";
    sio__response_add(response, binary ? bytes : text,
                      binary ? sizeof(bytes) - 1 : sizeof(text) - 1);
}

void eio__reply_headers(eio_server_t *server, sio_http_request_t *request,
                        sio_http_response_t *response, int initial, int upgrade) {
    static const char no_store[] = "cache-control: no-store\r\n";
    if (!upgrade) {
        const char *agent = sio_http_header_in(request, "User-Agent");
        if (agent != NULL && (strstr(agent, ";MSIE") != NULL || strstr(agent, "Trident/") != NULL))
            sio_http_header(response, "X-XSS-Protection", "0");
        sio__response_add(response, no_store, sizeof(no_store) - 1);
    }
    if (server->headers != NULL)
        server->headers(request, response, initial, server->headers_data);
}
