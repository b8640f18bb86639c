#include "pages.h"

#include "data.h"
#include <string.h>

static const struct dante_page *find(const char *name) {
    for (size_t i = 0; i < dante_page_count; i++)
        if (strcmp(dante_pages[i].path, name) == 0)
            return &dante_pages[i];
    return NULL;
}

/* A relative address, so that it holds behind a proxy that knows us by another path. */
static void add_slash(sio_http_response_t *response, const char *folder) {
    char location[520] = "";
    strncat(location, strrchr(folder, '/') + 1, sizeof(location) - 2);
    strcat(location, "/");
    sio_http_status(response, 302);
    sio_http_header(response, "Location", location);
    sio_http_end(response, NULL, 0);
}

static void on_request(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    const char *folder = data, *rest = sio_http_rest(request), *method = sio_http_method(request);
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        sio_http_status(response, 405);
        sio_http_header(response, "Allow", "GET, HEAD");
        sio_http_end(response, NULL, 0);
        return;
    }
    if (rest[0] == '\0' && folder[0] != '\0') {
        add_slash(response, folder);
        return;
    }
    const char *name = rest[0] == '/' ? rest + 1 : rest;
    const struct dante_page *page = find(name[0] == '\0' ? "index.html" : name);
    if (page == NULL) {
        sio_http_status(response, 404);
        sio_http_header(response, "Content-Type", "text/plain; charset=utf-8");
        sio_http_end(response, "Not found\n", 10);
        return;
    }
    sio_http_header(response, "Content-Type", page->type);
    sio_http_header(response, "Cache-Control", "no-cache");
    sio_http_end(response, page->data, page->length);
}

int dante_pages_serve(sio_server_t *io, const char *folder) {
    int rc = sio_http(io, "/", on_request, (void *) (uintptr_t) "");
    if (rc == 0 && folder[0] != '\0')
        rc = sio_http(io, folder, on_request, (void *) (uintptr_t) folder);
    return rc;
}
