#include "eio/transport.h"
#include <string.h>

static const char *const texts[] = {"polling", "websocket", "xhr-polling", "jsonp-polling",
                                    "htmlfile"};

const char *eio__transport_text(eio__transport_name_t name) {
    return texts[name];
}

int eio__transport_parse(const char *text, size_t length, eio__transport_name_t *name) {
    for (int i = 0; i < EIO__TRANSPORTS; i++) {
        if (strlen(texts[i]) == length && memcmp(texts[i], text, length) == 0) {
            *name = (eio__transport_name_t) i;
            return 1;
        }
    }
    return 0;
}
