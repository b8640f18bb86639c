/* The handshake of a socket [S21]: what its connection came with, and what it said itself with
 * CONNECT. */
#include "base/utf8.h"
#include "net/url.h"
#include "sio/build.h"
#include "sio/socket.h"
#include <sio/error.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- accessors ---------------------------------------------------------------------------- */

static const sio__kept_t *head_of(const sio_socket_t *socket) {
    return eio__socket_handshake(sio__client_eio(socket->client));
}

const char *sio_socket_url(const sio_socket_t *socket) {
    return sio__kept_url(head_of(socket));
}

const char *sio_socket_header(const sio_socket_t *socket, const char *name) {
    return name != NULL ? sio__kept_header(head_of(socket), name) : NULL;
}

const char *sio_socket_address(const sio_socket_t *socket) {
    return sio__kept_address(head_of(socket));
}

int sio_socket_secure(const sio_socket_t *socket) {
    return sio__kept_secure(head_of(socket));
}

const char *sio_socket_tls_version(const sio_socket_t *socket) {
    return sio__kept_tls_version(head_of(socket));
}

const char *sio_socket_tls_subject(const sio_socket_t *socket) {
    return sio__kept_tls_subject(head_of(socket));
}

int sio_socket_xdomain(const sio_socket_t *socket) {
    return sio__kept_header(head_of(socket), "Origin") != NULL;
}

int64_t sio_socket_issued(const sio_socket_t *socket) {
    return sio__kept_time(head_of(socket));
}

/* Decoded values are kept, so that the pointers handed out stay valid as long as the socket. */
static const char *keep_query(sio_socket_t *socket, const char *name, const char *value,
                              size_t length) {
    size_t size = strlen(name) + 1;
    if (sio__socket_more(socket) < 0)
        return NULL;
    sio__query_t *query = malloc(sizeof(*query) + size + length + 1);
    if (query == NULL)
        return NULL;
    memcpy(query->text, name, size);
    memcpy(query->text + size, value, length);
    query->text[size + sio__url_decode(query->text + size, length, 1)] = '\0';
    query->value = query->text + size;
    query->next = socket->more->queries;
    socket->more->queries = query;
    return query->value;
}

const char *sio_socket_query(const sio_socket_t *socket, const char *name) {
    const char *value;
    size_t length;
    if (name == NULL)
        return NULL;
    for (const sio__query_t *query = socket->more != NULL ? socket->more->queries : NULL;
         query != NULL; query = query->next)
        if (strcmp(query->text, name) == 0)
            return query->value;
    if (!sio__url_query(sio_socket_url(socket), name, &value, &length))
        return NULL;
    /* What is kept is no part of what a caller sees as the socket's state. */
    return keep_query((sio_socket_t *) (uintptr_t) socket, name, value, length);
}

/* --- auth --------------------------------------------------------------------------------- */

int sio__socket_set_auth(sio_socket_t *socket, const sio__slice_t *text) {
    if (text->length == 0 || (text->length == 2 && memcmp(text->text, "{}", 2) == 0))
        return 0;
    if (sio__socket_more(socket) < 0)
        return SIO_ENOMEM;
    socket->more->auth_text = malloc(text->length);
    if (socket->more->auth_text == NULL)
        return SIO_ENOMEM;
    memcpy(socket->more->auth_text, text->text, text->length);
    socket->more->auth_length = text->length;
    return 0;
}

json_t *sio_socket_auth(sio_socket_t *socket) {
    if (socket == NULL || sio__socket_more(socket) < 0)
        return NULL;
    sio__more_t *more = socket->more;
    if (more->auth == NULL)
        more->auth = more->auth_text != NULL ? sio__build(more->auth_text, more->auth_length)
                                             : json_object();
    return more->auth;
}

/* --- as Node's object --------------------------------------------------------------------- */

/* As JavaScript prints a Date in UTC: "Sun Nov 22 2026 01:28:33 GMT+0000 (Coordinated Universal
 * Time)". */
static void format_time(char *text, size_t size, int64_t ms) {
    static const char days[] = "ThuFriSatSunMonTueWed", /* the first day of 1970 was a Thursday */
        months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t seconds = ms / 1000, day = seconds / 86400, second = seconds % 86400;
    /* Civil date: years begin in March, 400 of them make an era. */
    int64_t shifted = day + 719468, era = shifted / 146097, of_era = shifted % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    int64_t of_month = of_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 2 : month - 10;
    year += era * 400 + (month < 2);
    snprintf(text, size, "%.3s %.3s %02d %04d %02d:%02d:%02d GMT+0000 (Coordinated Universal Time)",
             days + 3 * (day % 7), months + 3 * month, (int) of_month, (int) year,
             (int) (second / 3600), (int) (second / 60 % 60), (int) (second % 60));
}

/* A string whatever the bytes are. */
static json_t *text_value(const char *text, size_t length) {
    sio__buf_t mended = {0};
    if (sio__utf8_valid(text, length))
        return json_stringn(text, length);
    json_t *value = NULL;
    if (sio__utf8_mend(&mended, text, length) == 0)
        value = json_stringn(mended.data, mended.length);
    sio__buf_free(&mended);
    return value;
}

/* Keys: what is no UTF-8 is mended, and no longer than to a NUL. `value` is stolen. */
static int set_member(json_t *object, const char *key, size_t length, json_t *value) {
    json_t *text = text_value(key, length);
    int rc = text != NULL ? json_object_set_new(object, json_string_value(text), value)
                          : (json_decref(value), -1);
    json_decref(text);
    return rc;
}

static char lower_case(char c) {
    return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
}

static json_t *headers_of(const sio__kept_t *head) {
    const char *name, *value;
    json_t *object = json_object();
    for (size_t i = 0; object != NULL && sio__kept_header_at(head, i, &name, &value); i++) {
        char lower[256];
        size_t length = strlen(name);
        if (length >= sizeof(lower))
            continue;
        for (size_t at = 0; at < length; at++)
            lower[at] = lower_case(name[at]);
        lower[length] = '\0';
        value = sio__kept_header(head, lower); /* repeated ones joined */
        if (value == NULL ||
            set_member(object, lower, length, text_value(value, strlen(value))) < 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static char *decoded(const char *text, size_t *length) {
    char *copy = malloc(*length + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, *length);
    *length = sio__url_decode(copy, *length, 1);
    copy[*length] = '\0';
    return copy;
}

/* A parameter that is repeated becomes an array, as Node's querystring does it. `value` is
 * stolen. */
static int add_parameter(json_t *object, const char *name, size_t length, json_t *value) {
    json_t *key = text_value(name, length);
    json_t *there = key != NULL ? json_object_get(object, json_string_value(key)) : NULL;
    json_decref(key);
    if (there == NULL)
        return set_member(object, name, length, value);
    if (json_is_array(there))
        return json_array_append_new(there, value);
    json_t *list = json_pack("[O,o]", there, value);
    return list != NULL ? set_member(object, name, length, list) : -1;
}

static json_t *query_of(const char *url) {
    const char *cursor = url, *name, *value;
    size_t name_length, value_length;
    json_t *object = json_object();
    while (object != NULL &&
           sio__url_query_next(&cursor, &name, &name_length, &value, &value_length)) {
        char *plain_name = decoded(name, &name_length);
        char *plain_value = decoded(value, &value_length);
        int rc = plain_name != NULL && plain_value != NULL
                     ? add_parameter(object, plain_name, name_length,
                                     text_value(plain_value, value_length))
                     : -1;
        free(plain_name);
        free(plain_value);
        if (rc < 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

json_t *sio_socket_handshake(sio_socket_t *socket) {
    char time[80];
    if (socket == NULL)
        return NULL;
    const sio__kept_t *head = head_of(socket);
    const char *url = sio_socket_url(socket), *address = sio_socket_address(socket);
    json_t *object = json_object();
    format_time(time, sizeof(time), sio_socket_issued(socket));
    if (object != NULL && json_object_set_new(object, "headers", headers_of(head)) == 0 &&
        json_object_set_new(object, "time", json_string(time)) == 0 &&
        json_object_set_new(object, "address", text_value(address, strlen(address))) == 0 &&
        json_object_set_new(object, "xdomain", json_boolean(sio_socket_xdomain(socket))) == 0 &&
        json_object_set_new(object, "secure", json_boolean(sio_socket_secure(socket))) == 0 &&
        json_object_set_new(object, "issued", json_integer(sio_socket_issued(socket))) == 0 &&
        json_object_set_new(object, "url", text_value(url, strlen(url))) == 0 &&
        json_object_set_new(object, "query", query_of(url)) == 0 &&
        json_object_set(object, "auth", sio_socket_auth(socket)) == 0)
        return object;
    json_decref(object);
    return NULL;
}
