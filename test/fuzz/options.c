/*
 * Options by name, as a config file has them: a line "name=value" each. What is refused changes
 * nothing; what is accepted makes a server, or is refused by that.
 *
 * Covers: src/base/options_set.c src/base/settings.c src/base/options.c src/net/forwarded.c
 */
#include "wire.h"
#include <stdlib.h>
#include <string.h>

static void check_refused(const sio_options_t *options, const sio_options_t *before, int rc) {
    CHECK(rc == SIO_ENOENT || rc == SIO_EINVAL || rc == SIO_ERANGE);
    CHECK(strlen(sio_options_error(options)) > 0 && strchr(sio_options_error(options), '\n') == NULL);
    CHECK(options->path == before->path && options->transports == before->transports);
    CHECK(options->v09.transports == before->v09.transports);
    CHECK(options->cors == before->cors && options->cookie == before->cookie);
    CHECK(options->recovery == before->recovery);
    CHECK(options->ping_interval_ms == before->ping_interval_ms);
    CHECK(options->max_payload == before->max_payload);
}

static void set_line(sio_options_t *options, const char *line, size_t length) {
    const char *equals = memchr(line, '=', length);
    size_t name_length = equals != NULL ? (size_t) (equals - line) : length;
    size_t value_length = equals != NULL ? length - name_length - 1 : 0;
    char *name = fuzz_text(line, name_length);
    char *value = fuzz_text(line + length - value_length, value_length);
    const sio_options_t before = *options;
    int rc = sio_options_set(options, name, value);
    if (rc < 0)
        check_refused(options, &before, rc);
    else
        CHECK(sio_options_set(options, name, value) == 0);
    free(name);
    free(value);
}

static void serve(const sio_options_t *options) {
    uv_loop_t *loop = wire_loop();
    sio_server_t *server;
    int rc = sio_server_new(&server, loop, options);
    CHECK(rc == 0 || rc == SIO_EINVAL || rc == SIO_ENOTSUP);
    if (rc == 0)
        sio_server_free(server);
    wire_drain(loop);
}

static void run(const char *lines, size_t size) {
    sio_options_t options = SIO_OPTIONS_INIT;
    memory_restart(wire_loop());
    while (size > 0) {
        const char *end = memchr(lines, '\n', size);
        size_t length = end != NULL ? (size_t) (end - lines) : size;
        set_line(&options, lines, length);
        length += end != NULL;
        lines += length;
        size -= length;
    }
    serve(&options);
    sio_options_clear(&options);
    CHECK(options.own == NULL && options.path == NULL && options.cors == NULL);
    CHECK(strcmp(options.transports, "polling,websocket") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int warm;
    if (!warm)
        run("", 0); /* what others allocate once is there then */
    warm = 1;
    size_t before = fuzz_heap();
    run((const char *) data, size);
    CHECK(fuzz_heap() == before);
    return 0;
}
