#include "base/id.h"
#include "base/base64.h"
#include <uv.h>

enum { ID_BYTES = SIO__ID_LENGTH / 4 * 3 };

int sio__id_new(sio__ids_t *ids, char id[SIO__ID_LENGTH + 1]) {
    if (ids->left < ID_BYTES) {
        /* Without a loop it is synchronous. */
        int rc = uv_random(NULL, NULL, ids->pool, sizeof(ids->pool), 0, NULL);
        if (rc < 0)
            return rc;
        ids->left = sizeof(ids->pool);
    }
    ids->left -= ID_BYTES;
    sio__base64url_encode(id, ids->pool + ids->left, ID_BYTES);
    id[SIO__ID_LENGTH] = '\0';
    return 0;
}
