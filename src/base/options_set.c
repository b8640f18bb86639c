/* Options by name, as config files and command lines have them. */
#include "base/settings.h"
#include "base/text.h"
#include <sio/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct text_s {
    struct text_s *next;
    char text[];
} text_t;

/* What has been set and is not part of the struct. */
struct sio_options_own_s {
    text_t *texts;
    sio_cors_options_t cors;
    sio_cookie_options_t cookie;
    sio_recovery_options_t recovery;
    char error[256];
};

/* --- the store ------------------------------------------------------------------------------ */

static const char *keep(sio_options_t *options, const char *value, size_t length) {
    text_t *text = malloc(sizeof(*text) + length + 1);
    if (text == NULL)
        return NULL;
    memcpy(text->text, value, length);
    text->text[length] = '\0';
    text->next = options->own->texts;
    options->own->texts = text;
    return text->text;
}

static int set_text(sio_options_t *options, const char **field, const char *value) {
    const char *text = keep(options, value, strlen(value));
    if (text == NULL)
        return SIO_ENOMEM;
    *field = text;
    return 0;
}

/* These make a struct of the options' own out of the program's, or of nothing. */

static sio_cors_options_t *own_cors(sio_options_t *options) {
    sio_cors_options_t *own = &options->own->cors;
    if (options->cors != own)
        *own = options->cors != NULL ? *options->cors : (sio_cors_options_t){0};
    options->cors = own;
    return own;
}

static sio_cookie_options_t *own_cookie(sio_options_t *options) {
    sio_cookie_options_t *own = &options->own->cookie;
    if (options->cookie != own)
        *own = options->cookie != NULL ? *options->cookie : (sio_cookie_options_t){0};
    options->cookie = own;
    return own;
}

static sio_recovery_options_t *own_recovery(sio_options_t *options) {
    sio_recovery_options_t *own = &options->own->recovery;
    if (options->recovery != own)
        *own = options->recovery != NULL ? *options->recovery : (sio_recovery_options_t){0};
    options->recovery = own;
    return own;
}

static void *place_of(sio_options_t *options, const sio__setting_t *setting) {
    char *place;
    switch (setting->place) {
    case SIO__SETTING_IN_CORS: place = (char *) own_cors(options); break;
    case SIO__SETTING_IN_COOKIE: place = (char *) own_cookie(options); break;
    case SIO__SETTING_IN_RECOVERY: place = (char *) own_recovery(options); break;
    default: place = (char *) options;
    }
    return place + setting->offset;
}

/* --- values --------------------------------------------------------------------------------- */

static int read_flag(const char *text, int *flag) {
    static const char *const words[][2] = {
        {"off", "on"}, {"false", "true"}, {"no", "yes"}, {"0", "1"}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        for (int on = 0; on < 2; on++)
            if (sio__text_equal_nocase(text, words[i][on])) {
                *flag = on;
                return 0;
            }
    return SIO_EINVAL;
}

static int read_number(const char *text, uint64_t most, uint64_t *number) {
    uint64_t value = 0;
    if (*text == '\0' || text[strspn(text, "0123456789")] != '\0')
        return SIO_EINVAL;
    for (; *text != '\0'; text++) {
        const unsigned digit = (unsigned) (*text - '0');
        if (value > (most - digit) / 10)
            return SIO_ERANGE;
        value = value * 10 + digit;
    }
    *number = value;
    return 0;
}

static int read_integer(const char *text, int *integer) {
    uint64_t number;
    const int negative = *text == '-';
    int rc = read_number(text + negative, INT32_MAX, &number);
    if (rc == 0)
        *integer = negative ? -(int) number : (int) number;
    return rc;
}

static int read_seconds(const char *text, uint32_t *ms) {
    uint64_t number;
    int rc = read_number(text, UINT32_MAX / 1000, &number);
    if (rc == 0)
        *ms = (uint32_t) number * 1000;
    return rc;
}

static int read_level(const char *text, sio_log_level_t *level) {
    static const char *const names[] = {"error", "warn", "info", "debug"};
    for (int i = 0; i < 4; i++)
        if (sio__text_equal_nocase(text, names[i]) || (text[0] == '0' + i && text[1] == '\0')) {
            *level = (sio_log_level_t) i;
            return 0;
        }
    return SIO_EINVAL;
}

static int read_origin_check(const char *text, sio_origin_check_t *check) {
    int on, rc = 0;
    if (sio__text_equal_nocase(text, "cors"))
        *check = SIO_ORIGIN_CHECK_CORS;
    else if ((rc = read_flag(text, &on)) == 0)
        *check = on ? SIO_ORIGIN_CHECK_ON : SIO_ORIGIN_CHECK_OFF;
    return rc;
}

static int set_flag(int *field, const char *value, int opposite) {
    int flag, rc = read_flag(value, &flag);
    if (rc == 0)
        *field = flag != opposite;
    return rc;
}

/* --- transports ----------------------------------------------------------------------------- */

/* A name, the engine's transport that it means, and those of 0.9; where the engine says
 * "polling" 0.9 has three. */
static const struct {
    const char *name, *engine, *v09;
} transports[] = {
    {"polling", "polling", "htmlfile,xhr-polling,jsonp-polling"},
    {"websocket", "websocket", "websocket"},
    {"htmlfile", "polling", "htmlfile"},
    {"xhr-polling", "polling", "xhr-polling"},
    {"jsonp-polling", "polling", "jsonp-polling"},
};

enum { TRANSPORTS = sizeof(transports) / sizeof(transports[0]), LIST = 96 };

static size_t transport_of(const char *name, size_t length) {
    size_t i = 0;
    while (i < TRANSPORTS && (strlen(transports[i].name) != length ||
                              memcmp(transports[i].name, name, length) != 0))
        i++;
    return i;
}

/* Adds what is not in the list yet. There is room for each name once. */
static void add_names(char list[LIST], const char *names) {
    const char *name;
    size_t length;
    while (sio__text_list_next(&names, &name, &length)) {
        const size_t end = strlen(list);
        if (!sio__text_list_has(list, name, length, 0))
            snprintf(list + end, LIST - end, "%s%.*s", end > 0 ? "," : "", (int) length, name);
    }
}

/* "polling" comes first where it is to be left for "websocket" soon; 0.9 stays with what it has
 * begun, and is told of what is best for it first. */
static void put_in_order(char list[LIST]) {
    static const char best[] = "websocket,htmlfile,xhr-polling,jsonp-polling";
    const char *cursor = best, *name;
    char ordered[LIST] = "", one[LIST];
    size_t length;
    while (sio__text_list_next(&cursor, &name, &length))
        if (sio__text_list_has(list, name, length, 0)) {
            snprintf(one, sizeof(one), "%.*s", (int) length, name);
            add_names(ordered, one);
        }
    memcpy(list, ordered, LIST);
}

/* Names of the engine's and of 0.9's: each generation gets those that mean something to it, in the
 * order in which they stand. */
static int set_transports(sio_options_t *options, const char *value) {
    char engine[LIST] = "", v09[LIST] = "";
    const char *cursor = value, *name;
    size_t length;
    while (sio__text_list_next(&cursor, &name, &length)) {
        const size_t i = transport_of(name, length);
        if (i == TRANSPORTS)
            return SIO_EINVAL;
        add_names(engine, transports[i].engine);
        add_names(v09, transports[i].v09);
    }
    if (engine[0] == '\0')
        return SIO_EINVAL;
    if (sio__text_list_has(value, "polling", 7, 0))
        put_in_order(v09);
    const char *kept = keep(options, engine, strlen(engine));
    if (kept == NULL || set_text(options, &options->v09.transports, v09) < 0)
        return SIO_ENOMEM;
    options->transports = kept;
    return 0;
}

/* --- other special ones --------------------------------------------------------------------- */

static int set_cors(sio_options_t *options, const char *value) {
    int on;
    if (read_flag(value, &on) < 0)
        return set_text(options, &own_cors(options)->origin, value);
    options->cors = NULL;
    if (on)
        own_cors(options)->origin = "*";
    return 0;
}

/* 0.9 wrote host:port; all that means the same here is everybody, and whole origins. */
static int set_origins(sio_options_t *options, const char *value) {
    const char *cursor = value, *origin;
    size_t length;
    if (strcmp(value, "*:*") == 0 || strcmp(value, "*") == 0)
        return set_cors(options, "on");
    while (sio__text_list_next(&cursor, &origin, &length))
        if (length < 8 || strstr(origin, "://") == NULL || strstr(origin, "://") > origin + length)
            return SIO_EINVAL;
    return set_text(options, &own_cors(options)->origin, value);
}

static int set_cookie(sio_options_t *options, const char *value) {
    int on;
    if (read_flag(value, &on) < 0)
        return set_text(options, &own_cookie(options)->name, value);
    if (on)
        own_cookie(options);
    else
        options->cookie = NULL;
    return 0;
}

static int set_recovery(sio_options_t *options, const char *value) {
    int on, rc = read_flag(value, &on);
    if (rc == 0 && on)
        own_recovery(options);
    else if (rc == 0)
        options->recovery = NULL;
    return rc;
}

static int set_both(uint32_t *engine, uint32_t *v09, const char *value) {
    int rc = read_seconds(value, engine);
    if (rc == 0)
        *v09 = *engine;
    return rc;
}

static int set_special(sio_options_t *options, const sio__setting_t *setting, const char *value) {
    switch (setting->special) {
    case SIO__SETTING_TRANSPORTS: return set_transports(options, value);
    case SIO__SETTING_ORIGINS: return set_origins(options, value);
    case SIO__SETTING_CORS: return set_cors(options, value);
    case SIO__SETTING_COOKIE: return set_cookie(options, value);
    case SIO__SETTING_RECOVERY: return set_recovery(options, value);
    case SIO__SETTING_INTERVAL:
        return set_both(&options->ping_interval_ms, &options->v09.heartbeat_interval_ms, value);
    default:
        return set_both(&options->ping_timeout_ms, &options->v09.heartbeat_timeout_ms, value);
    }
}

/* --- setting -------------------------------------------------------------------------------- */

static int set_number(void *field, const char *value, int is_size) {
    uint64_t number;
    int rc = read_number(value, is_size ? SIZE_MAX : UINT32_MAX, &number);
    if (rc == 0 && is_size)
        *(size_t *) field = (size_t) number;
    else if (rc == 0)
        *(uint32_t *) field = (uint32_t) number;
    return rc;
}

static int set(sio_options_t *options, const sio__setting_t *setting, const char *value) {
    if (setting->kind == SIO__SETTING_SPECIAL)
        return set_special(options, setting, value);
    void *field = place_of(options, setting);
    switch (setting->kind) {
    case SIO__SETTING_TEXT: return set_text(options, field, value);
    case SIO__SETTING_FLAG: return set_flag(field, value, 0);
    case SIO__SETTING_NOT: return set_flag(field, value, 1);
    case SIO__SETTING_INTEGER: return read_integer(value, field);
    case SIO__SETTING_SECONDS: return read_seconds(value, field);
    case SIO__SETTING_LEVEL: return read_level(value, field);
    case SIO__SETTING_ORIGIN_CHECK: return read_origin_check(value, field);
    default: return set_number(field, value, setting->kind == SIO__SETTING_SIZE);
    }
}

static void explain(sio_options_t *options, const char *name, const char *value, int rc) {
    char *error = options->own->error;
    const size_t size = sizeof(options->own->error);
    if (rc == SIO_ENOENT)
        snprintf(error, size, "unknown option \"%.64s\"; the nearest is \"%s\"", name,
                 sio__setting_nearest(name)->name);
    else
        snprintf(error, size, "option \"%.64s\": \"%.64s\": %s", name, value, sio_strerror(rc));
}

int sio_options_set(sio_options_t *options, const char *name, const char *value) {
    if (options == NULL || name == NULL || value == NULL || options->size < sizeof(*options))
        return SIO_EINVAL;
    if (options->own == NULL)
        options->own = calloc(1, sizeof(*options->own));
    if (options->own == NULL)
        return SIO_ENOMEM;
    const sio_options_t before = *options;
    const sio__setting_t *setting = sio__setting_find(name);
    int rc = setting != NULL ? set(options, setting, value) : SIO_ENOENT;
    if (rc < 0) {
        *options = before;
        explain(options, name, value, rc);
    }
    return rc;
}

const char *sio_options_error(const sio_options_t *options) {
    return options != NULL && options->own != NULL ? options->own->error
                                                   : sio_strerror(SIO_ENOMEM);
}

void sio_options_clear(sio_options_t *options) {
    const sio_options_t initial = SIO_OPTIONS_INIT;
    if (options == NULL)
        return;
    while (options->own != NULL && options->own->texts != NULL) {
        text_t *text = options->own->texts;
        options->own->texts = text->next;
        free(text);
    }
    free(options->own);
    *options = initial;
}
