/* Unmasking (RFC 6455 5.3) by wide words. */
#ifndef SIO__WS_MASK_H
#define SIO__WS_MASK_H

#include <stddef.h>

/* Copies `length` bytes unmasked to `to`, which may be `from` itself; they are at `offset`
 * in the payload. Nonzero if there is anything but ASCII among them: most texts need no second
 * look at their UTF-8. */
int sio__ws_unmask(void *to, const void *from, size_t length, const unsigned char mask[4],
                   size_t offset);

#endif
