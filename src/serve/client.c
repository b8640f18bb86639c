#include "serve/client.h"
#include "net/coding.h"
#include "net/cors.h"
#include <sio/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sio__client_files_s {
    const char *path; /* of the resource, without a slash at its end */
    const sio__client_file_t *table;
    sio__cors_t *cors;
    char etag[32];
};

sio__client_files_t *sio__client_files_new(const sio_options_t *options,
                                           const sio__client_file_t *table,
                                           const char *version) {
    sio__client_files_t *files = calloc(1, sizeof(*files));
    if (files == NULL)
        return NULL;
    files->path = options->path;
    files->table = table;
    snprintf(files->etag, sizeof(files->etag), "\"%.20s\"", version);
    if (options->cors != NULL) {
        files->cors = sio__cors_new(options->cors);
        if (files->cors == NULL) {
            free(files);
            return NULL;
        }
    }
    return files;
}

void sio__client_files_free(sio__client_files_t *files) {
    if (files == NULL)
        return;
    sio__cors_free(files->cors);
    free(files);
}

static const sio__client_file_t *find_file(const sio__client_files_t *files, const char *path) {
    size_t length = strlen(files->path);
    if (length == 1) /* "/" */
        length = 0;
    /* The engine's requests, nearly all, have nothing behind the slash. */
    if (strncmp(path, files->path, length) != 0 || path[length] != '/' || path[length + 1] == '\0')
        return NULL;
    for (const sio__client_file_t *file = files->table; file->name != NULL; file++)
        if (strcmp(file->name, path + length + 1) == 0)
            return file;
    return NULL;
}

static void add_headers(const char *name, sio_http_response_t *response) {
    size_t length = strlen(name);
    int is_map = length > 4 && strcmp(name + length - 4, ".map") == 0;
    sio_http_header(response, "Content-Type", is_map ? "application/json; charset=utf-8"
                                                     : "application/javascript; charset=utf-8");
    /* Node leaves it out, and a shared cache then gives one client's coding to another. */
    sio_http_header(response, "Vary", "Accept-Encoding");
}

static void end_response(sio_http_response_t *response, const void *data, size_t length) {
    if (sio_http_end(response, data, length) < 0)
        sio__response_abort(response);
}

/* The smallest form among those that the client likes best. */
static void send_file(const sio__client_file_t *file, const char *accept,
                      sio_http_response_t *response) {
    sio__coding_t offered[2];
    size_t count = 0;
    if (file->brotli != NULL)
        offered[count++] = SIO__BROTLI;
    if (file->gzip != NULL)
        offered[count++] = SIO__GZIP;
    sio__coding_t coding = sio__coding_choose(accept, offered, count);
    const unsigned char *data = file->identity;
    size_t length = file->identity_length;
    if (coding == SIO__BROTLI) {
        data = file->brotli;
        length = file->brotli_length;
    } else if (coding == SIO__GZIP) {
        data = file->gzip;
        length = file->gzip_length;
    }
    if (coding != SIO__IDENTITY)
        sio_http_header(response, "Content-Encoding", sio__coding_name(coding));
    add_headers(file->name, response);
    end_response(response, data, length);
}

int sio__client_files_serve(sio_http_request_t *request, sio_http_response_t *response,
                            void *data) {
    const sio__client_files_t *files = data;
    const sio__client_file_t *file = find_file(files, sio_http_path(request));
    if (file == NULL)
        return 0;
    const char *known = sio_http_header_in(request, "If-None-Match");
    sio__cors_apply(files->cors, request, response);
    if (known != NULL && (strcmp(known, files->etag) == 0 ||
                          (strncmp(known, "W/", 2) == 0 && strcmp(known + 2, files->etag) == 0))) {
        sio_http_status(response, 304); /* [C3] */
        end_response(response, NULL, 0);
        return 1;
    }
    sio_http_header(response, "Cache-Control", "public, max-age=0");
    sio_http_header(response, "ETag", files->etag);
    send_file(file, sio_http_header_in(request, "Accept-Encoding"), response);
    return 1;
}

const char *sio_client_version(void) {
    return sio__client_version;
}
