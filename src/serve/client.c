#include "serve/client.h"
#include "net/coding.h"
#include "net/cors.h"
#include <sio/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEM = sizeof("socket.io") - 1 }; /* of all files */

struct sio__client_files_s {
    const char *path;     /* of the resource, without a slash at its end */
    size_t path_length;   /* 0 for "/" */
    const char *selected; /* the generation whose names are without a version */
    const sio__client_bundle_t *bundles;
    sio__cors_t *cors;
};

/* What a path names. */
typedef struct {
    const sio__client_bundle_t *bundle;
    const sio__client_file_t *file; /* NULL: none of ours */
    int versioned;
} found_t;

sio__client_files_t *sio__client_files_new(const sio_options_t *options,
                                           const sio__client_bundle_t *bundles) {
    sio__client_files_t *files = calloc(1, sizeof(*files));
    if (files == NULL)
        return NULL;
    files->path = options->path;
    files->path_length = strcmp(options->path, "/") == 0 ? 0 : strlen(options->path);
    files->selected = options->client_version != NULL ? options->client_version : "4";
    files->bundles = bundles;
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

/* ".v0.9.17.js" without ".v0.9.17", or NULL: versions stand where servers of 0.9 have them [L14]. */
static const char *behind_version(const char *suffix, const char *version) {
    size_t length = strlen(version);
    if (strncmp(suffix, ".v", 2) != 0 || strncmp(suffix + 2, version, length) != 0)
        return NULL;
    return suffix + 2 + length;
}

static const sio__client_file_t *find_file(const sio__client_bundle_t *bundle, const char *suffix) {
    for (const sio__client_file_t *file = bundle->files; file->name != NULL; file++)
        if (strcmp(file->name + STEM, suffix) == 0)
            return file;
    return NULL;
}

static found_t find(const sio__client_files_t *files, const char *path) {
    const found_t none = {NULL, NULL, 0};
    if (strncmp(path, files->path, files->path_length) != 0)
        return none;
    path += files->path_length;
    /* The engine's requests, nearly all, have nothing behind the slash. */
    if (path[0] != '/' || path[1] == '\0' || strncmp(path + 1, "socket.io", STEM) != 0)
        return none;
    const char *suffix = path + 1 + STEM;
    for (const sio__client_bundle_t *bundle = files->bundles; bundle->generation != NULL;
         bundle++) {
        const char *rest = behind_version(suffix, bundle->version);
        found_t found = {bundle, NULL, rest != NULL};
        if (rest != NULL)
            found.file = find_file(bundle, rest);
        else if (strcmp(bundle->generation, files->selected) == 0)
            found.file = find_file(bundle, suffix);
        if (found.file != NULL)
            return found;
    }
    return none;
}

static int is_map(const sio__client_file_t *file) {
    size_t length = strlen(file->name);
    return length > 4 && strcmp(file->name + length - 4, ".map") == 0;
}

/* The bundle's own word, at its end, names the map of whichever generation is selected. */
static void name_map(const found_t *found, sio_http_response_t *response) {
    char name[96];
    snprintf(name, sizeof(name), "%s.map", found->file->name + STEM);
    if (find_file(found->bundle, name) == NULL)
        return;
    snprintf(name, sizeof(name), "socket.io.v%.20s%.40s.map", found->bundle->version,
             found->file->name + STEM);
    sio_http_header(response, "SourceMap", name); /* ECMA-426 11.1.2 */
}

static void add_headers(const found_t *found, const char *etag, sio_http_response_t *response) {
    char type[64];
    snprintf(type, sizeof(type), "application/%s%s", is_map(found->file) ? "json" : "javascript",
             found->bundle->charset ? "; charset=utf-8" : "");
    sio_http_header(response, "Content-Type", type);
    sio_http_header(response, "Cache-Control",
                    found->versioned ? "public, max-age=31536000, immutable"
                                     : "public, max-age=0");
    sio_http_header(response, "ETag", etag);
    /* Node leaves it out, and a shared cache then gives one client's coding to another. */
    if (found->file->gzip != NULL || found->file->brotli != NULL)
        sio_http_header(response, "Vary", "Accept-Encoding");
    if (found->versioned)
        name_map(found, response);
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
    end_response(response, data, length);
}

int sio__client_files_serve(sio_http_request_t *request, sio_http_response_t *response,
                            void *data) {
    const sio__client_files_t *files = data;
    const found_t found = find(files, sio_http_path(request));
    if (found.file == NULL)
        return 0;
    char etag[32];
    snprintf(etag, sizeof(etag), "\"%.20s\"", found.bundle->version);
    const char *known = sio_http_header_in(request, "If-None-Match");
    sio__cors_apply(files->cors, request, response);
    if (known != NULL && (strcmp(known, etag) == 0 ||
                          (strncmp(known, "W/", 2) == 0 && strcmp(known + 2, etag) == 0))) {
        sio_http_status(response, 304); /* [C3] */
        end_response(response, NULL, 0);
        return 1;
    }
    add_headers(&found, etag, response);
    send_file(found.file, sio_http_header_in(request, "Accept-Encoding"), response);
    return 1;
}

const char *sio_client_version(void) {
    return sio__client_bundles[0].generation != NULL ? sio__client_bundles[0].version : "";
}
